import { useSyncExternalStore } from "react";
import type { MediaRoom } from "../services/livekit";
import { useEngine } from "./engine-context";

/** The connected LiveKit room; for hooks only, components get plain data. */
export const useMediaRoom = (): MediaRoom | null => {
  const engine = useEngine();
  return useSyncExternalStore(engine.onMedia, engine.media);
};
