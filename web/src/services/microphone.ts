/**
 * The microphone: device → [RNNoise] → meter → [gate] → key → a track to publish.
 *
 * The track stays the same object while devices and processing change, so that nothing has to be
 * published again, and nobody hears a gap but the person who changes a setting.
 */
import { decibels, SILENCE_DB } from "../lib/level";
import type { MicrophoneState, MicrophoneTrouble } from "../lib/media";
import type { Settings } from "../lib/settings";
import type { RnnoiseWorkletNode } from "@sapphi-red/web-noise-suppressor";
import type { Audio } from "./audio";

export type MicrophoneSettings = Pick<
  Settings,
  "inputDevice" | "echoCancellation" | "autoGain" | "noise" | "inputMode" | "gateDb"
>;

export type Microphone = {
  /** Asks for the device; again after a failure. */
  start: () => Promise<void>;
  stop: () => void;
  configure: (settings: MicrophoneSettings) => void;
  /** The push-to-talk key: closed, nothing leaves. Always open in the other modes. */
  setKey: (open: boolean) => void;
  /** Before the gate and the key, in dBFS: what the microphone hears. */
  level: () => number;
  /** Whether what it hears is let through. */
  passes: () => boolean;
  track: () => MediaStreamTrack;
  /** Hear oneself. */
  setMonitor: (on: boolean) => void;
};

export type MicrophoneSink = {
  onState: (state: MicrophoneState) => void;
  /** The chosen noise suppression could not be loaded; the microphone works without. */
  onSuppressionFailed: () => void;
};

/** Short enough to be at once, long enough not to click. */
const KEY_RAMP_S = 0.005;

export const createMicrophone = (
  audio: Audio,
  first: MicrophoneSettings,
  sink: MicrophoneSink,
): Microphone => {
  const { context } = audio;
  const meter = new AnalyserNode(context, { fftSize: 1024 });
  // Closed from the first moment where a key is to open it.
  const key = new GainNode(context, { gain: first.inputMode === "push" ? 0 : 1 });
  const out = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
  const monitor = new GainNode(context, { gain: 0 });
  key.connect(out);
  key.connect(monitor).connect(context.destination);
  const samples = new Float32Array(meter.fftSize);

  let settings = first;
  let keyOpen = false;
  let stream: MediaStream | null = null;
  let nodes: AudioNode[] = [];
  /** Each new wish outdates the ones before: a slow permission prompt must not win. */
  let wish = 0;

  const applyKey = () => {
    const open = settings.inputMode !== "push" || keyOpen;
    key.gain.cancelScheduledValues(context.currentTime);
    key.gain.setTargetAtTime(open ? 1 : 0, context.currentTime, KEY_RAMP_S / 3);
  };

  const unwire = () => {
    for (const node of nodes) {
      node.disconnect();
      if ("destroy" in node) (node as RnnoiseWorkletNode).destroy();
    }
    nodes = [];
    meter.disconnect();
  };

  const release = () => {
    unwire();
    stream?.getTracks().forEach((track) => {
      track.onended = null;
      track.stop();
    });
    stream = null;
  };

  const load = async <T extends AudioNode>(wanted: boolean, make: () => Promise<T>) => {
    if (!wanted) return null;
    try {
      return await make();
    } catch {
      sink.onSuppressionFailed();
      return null;
    }
  };

  /** Loading takes time, so it is done first; then all is connected in one go, or nothing is. */
  const wire = async (input: MediaStream, mine: number) => {
    const { noise, inputMode, gateDb } = settings;
    const suppressor = await load(noise === "rnnoise", async () =>
      (await import("./noise")).suppressor(context),
    );
    const gate = await load(inputMode === "gate", async () =>
      (await import("./noise")).gate(context, gateDb),
    );
    if (mine !== wish) return;
    unwire();
    const source = new MediaStreamAudioSourceNode(context, { mediaStream: input });
    const cleaned = suppressor === null ? source : source.connect(suppressor);
    cleaned.connect(meter);
    (gate === null ? meter : meter.connect(gate)).connect(key);
    nodes = [source, suppressor, gate].filter((node) => node !== null);
  };

  const start = async () => {
    wish += 1;
    const mine = wish;
    sink.onState({ tag: "asking" });
    try {
      const input = await capture(settings);
      if (mine !== wish) {
        input.getTracks().forEach((track) => track.stop());
        return;
      }
      release();
      stream = input;
      const [device] = input.getAudioTracks();
      if (device)
        device.onended = () => {
          release();
          sink.onState({ tag: "failed", why: "lost" });
        };
      await wire(input, mine);
      if (mine === wish) sink.onState({ tag: "live" });
    } catch (error) {
      if (mine !== wish) return;
      release();
      sink.onState({ tag: "failed", why: troubleOf(error) });
    }
  };

  return {
    start,
    stop: () => {
      wish += 1;
      release();
      sink.onState({ tag: "off" });
    },
    configure: (next) => {
      const before = settings;
      settings = next;
      applyKey();
      if (stream === null) return;
      if (differs(before, next, ["inputDevice", "echoCancellation", "autoGain", "noise"])) {
        void start();
      } else if (differs(before, next, ["inputMode", "gateDb"])) {
        wish += 1;
        void wire(stream, wish);
      }
    },
    setKey: (open) => {
      keyOpen = open;
      applyKey();
    },
    level: () => {
      if (stream === null) return SILENCE_DB;
      meter.getFloatTimeDomainData(samples);
      return decibels(samples);
    },
    passes: () => settings.inputMode !== "push" || keyOpen,
    track: () => {
      const [track] = out.stream.getAudioTracks();
      if (track === undefined) throw new Error("a destination node always has a track");
      return track;
    },
    setMonitor: (on) => monitor.gain.setTargetAtTime(on ? 1 : 0, context.currentTime, 0.02),
  };
};

const differs = (
  before: MicrophoneSettings,
  after: MicrophoneSettings,
  names: readonly (keyof MicrophoneSettings)[],
): boolean => names.some((name) => before[name] !== after[name]);

const capture = async (settings: MicrophoneSettings): Promise<MediaStream> => {
  const audio: MediaTrackConstraints = {
    echoCancellation: settings.echoCancellation,
    autoGainControl: settings.autoGain,
    noiseSuppression: settings.noise === "browser",
    channelCount: 1,
  };
  if (settings.inputDevice === "") return navigator.mediaDevices.getUserMedia({ audio });
  try {
    const deviceId = { exact: settings.inputDevice };
    return await navigator.mediaDevices.getUserMedia({ audio: { ...audio, deviceId } });
  } catch (error) {
    // The chosen device is not plugged in today: the default one is better than silence.
    if (troubleOf(error) !== "missing") throw error;
    return navigator.mediaDevices.getUserMedia({ audio });
  }
};

const troubleOf = (error: unknown): MicrophoneTrouble => {
  const name = error instanceof Error ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  if (name === "NotReadableError" || name === "AbortError") return "busy";
  // Pages without TLS have no `mediaDevices` at all, which is a TypeError: not allowed.
  return name === "TypeError" ? "denied" : "missing";
};
