/** Short sounds, made on the spot: two tones each, up for more, down for less. */
import type { Audio } from "./audio";

export type Sound = "join" | "leave" | "mute" | "unmute" | "deafen" | "undeafen" | "test" | "lost";

const TONES: Record<Sound, readonly number[]> = {
  join: [523, 784],
  leave: [784, 523],
  mute: [466, 349],
  unmute: [349, 466],
  deafen: [349, 262],
  undeafen: [262, 349],
  lost: [330, 262, 196],
  test: [523, 659, 784],
};

const STEP_S = 0.09;
const LOUDEST = 0.22;

export const createSounds = (audio: Audio, volume: () => number) => ({
  play: (sound: Sound): void => {
    const loud = volume() * LOUDEST;
    if (loud <= 0 || audio.context.state !== "running") return;
    const start = audio.context.currentTime + 0.01;
    TONES[sound].forEach((frequency, index) => {
      const at = start + index * STEP_S;
      const tone = new OscillatorNode(audio.context, { type: "sine", frequency });
      const shape = new GainNode(audio.context, { gain: 0 });
      shape.gain.setValueAtTime(0, at);
      shape.gain.linearRampToValueAtTime(loud, at + 0.012);
      shape.gain.exponentialRampToValueAtTime(0.0001, at + STEP_S * 2);
      tone.connect(shape).connect(audio.context.destination);
      tone.start(at);
      tone.stop(at + STEP_S * 2);
    });
  },
});

export type Sounds = ReturnType<typeof createSounds>;
