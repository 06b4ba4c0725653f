import { useEffect, useState } from "react";
import { SILENCE_DB } from "../lib/level";
import { useEngine } from "./engine-context";

const EVERY_MS = 50;

/** Keeps the microphone open, in a call or not, and says how loud it is, in dBFS. */
export const useMicrophoneLevel = (): number => {
  const engine = useEngine();
  const [level, setLevel] = useState(SILENCE_DB);
  useEffect(() => {
    void engine.openMicrophone();
    const timer = setInterval(() => setLevel(engine.microphone().level()), EVERY_MS);
    return () => {
      clearInterval(timer);
      engine.closeMicrophone();
    };
  }, [engine]);
  return level;
};

/** Hearing oneself; ends with the component. */
export const useMonitor = (): { on: boolean; toggle: () => void } => {
  const engine = useEngine();
  const [on, setOn] = useState(false);
  useEffect(() => {
    if (!on) return;
    engine.microphone().setMonitor(true);
    return () => engine.microphone().setMonitor(false);
  }, [engine, on]);
  return { on, toggle: () => setOn((before) => !before) };
};

export const useTestSound = (): (() => void) => {
  const engine = useEngine();
  return () => void engine.startSound().then(() => engine.sounds().play("test"));
};
