import { useEffect, useState } from "react";
import { useEngine } from "./engine-context";

/** The ring tone to hear; ends with the component. */
export const useRingTest = (): { on: boolean; toggle: () => void } => {
  const engine = useEngine();
  const [on, setOn] = useState(false);
  useEffect(() => {
    if (!on) return;
    const ringer = engine.ringer();
    ringer.start();
    return () => ringer.stop();
  }, [engine, on]);
  return { on, toggle: () => setOn((before) => !before) };
};
