import { createContext, useContext } from "react";
import type { Engine } from "../services/engine";

export const EngineContext = createContext<Engine | null>(null);

export const useEngine = (): Engine => {
  const engine = useContext(EngineContext);
  if (engine === null) throw new Error("useEngine is for pages inside EngineContext");
  return engine;
};
