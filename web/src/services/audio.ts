/** The one audio context of the page: the microphone, the others' voices and our sounds. */
export type Audio = {
  context: AudioContext;
  /** Browsers let sound begin only after a click. */
  resume: () => Promise<void>;
  /** "" for the system's default; does nothing where the browser has no choice of speaker. */
  setOutput: (deviceId: string) => Promise<void>;
};

type WithSink = AudioContext & { setSinkId?: (id: string) => Promise<void> };

export const canChooseOutput = (): boolean =>
  typeof AudioContext !== "undefined" && "setSinkId" in AudioContext.prototype;

export const createAudio = (): Audio => {
  // 48 kHz is what RNNoise expects, and what Opus carries.
  const context: WithSink = new AudioContext({ sampleRate: 48_000, latencyHint: "interactive" });
  return {
    context,
    resume: async () => {
      if (context.state !== "running") await context.resume();
    },
    setOutput: async (deviceId) => {
      try {
        await context.setSinkId?.(deviceId);
      } catch {
        // The device is gone: the sound stays where it is, which is better than none.
      }
    },
  };
};
