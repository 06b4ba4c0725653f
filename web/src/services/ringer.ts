/** The ring tone, made on the spot like the other sounds: a soft figure of bells, again and again. */
import type { Audio } from "./audio";

const NOTES = [659, 784, 988, 784] as const;
const STEP_S = 0.18;
const EVERY_MS = 2600;
const LOUDEST = 0.3;

export type Ringer = { start: () => void; stop: () => void };

export const createRinger = (audio: () => Audio, volume: () => number): Ringer => {
  let timer: ReturnType<typeof setInterval> | null = null;
  let out: GainNode | null = null;

  const figure = (context: AudioContext) => {
    const loud = volume() * LOUDEST;
    // Before the first click, browsers let no sound out; the title and the notification tell.
    if (loud <= 0 || context.state !== "running") return;
    out ??= new GainNode(context, { gain: 1 });
    out.connect(context.destination);
    const start = context.currentTime + 0.02;
    for (const [index, frequency] of NOTES.entries()) {
      const at = start + index * STEP_S;
      const bell = new OscillatorNode(context, { type: "triangle", frequency });
      const shape = new GainNode(context, { gain: 0 });
      shape.gain.setValueAtTime(0, at);
      shape.gain.linearRampToValueAtTime(loud, at + 0.01);
      shape.gain.exponentialRampToValueAtTime(0.0001, at + STEP_S * 3);
      bell.connect(shape).connect(out);
      bell.start(at);
      bell.stop(at + STEP_S * 3);
    }
  };

  return {
    start: () => {
      if (timer !== null) return;
      const { context, resume } = audio();
      const ring = () => figure(context);
      timer = setInterval(ring, EVERY_MS);
      void resume().then(() => {
        if (timer !== null) ring();
      });
    },
    stop: () => {
      if (timer !== null) clearInterval(timer);
      timer = null;
      // What is scheduled already must not ring on after the answer.
      out?.disconnect();
      out = null;
    },
  };
};
