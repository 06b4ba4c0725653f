import { createContext, useContext } from "react";
import type { Standalone } from "../services/matrix/standalone";

export const StandaloneContext = createContext<Standalone | null>(null);

export const useStandalone = (): Standalone => {
  const standalone = useContext(StandaloneContext);
  if (standalone === null) throw new Error("useStandalone is for pages inside StandaloneContext");
  return standalone;
};
