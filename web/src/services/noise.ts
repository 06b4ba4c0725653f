/** RNNoise and the noise gate as audio worklets, loaded when first asked for, from our own origin. */
import {
  loadRnnoise,
  NoiseGateWorkletNode,
  RnnoiseWorkletNode,
} from "@sapphi-red/web-noise-suppressor";
import gateWorklet from "@sapphi-red/web-noise-suppressor/noiseGateWorklet.js?url";
import rnnoiseWasm from "@sapphi-red/web-noise-suppressor/rnnoise.wasm?url";
import rnnoiseSimdWasm from "@sapphi-red/web-noise-suppressor/rnnoise_simd.wasm?url";
import rnnoiseWorklet from "@sapphi-red/web-noise-suppressor/rnnoiseWorklet.js?url";

const HOLD_MS = 250;
/** Closes a little lower than it opens, so that it does not flutter at the mark. */
const HYSTERESIS_DB = 4;

let binary: Promise<ArrayBuffer> | undefined;

export const suppressor = async (context: AudioContext): Promise<RnnoiseWorkletNode> => {
  binary ??= loadRnnoise({ url: rnnoiseWasm, simdUrl: rnnoiseSimdWasm });
  binary.catch(() => {
    binary = undefined;
  });
  const [wasmBinary] = await Promise.all([binary, context.audioWorklet.addModule(rnnoiseWorklet)]);
  return new RnnoiseWorkletNode(context, { maxChannels: 1, wasmBinary });
};

export const gate = async (
  context: AudioContext,
  openThreshold: number,
): Promise<NoiseGateWorkletNode> => {
  await context.audioWorklet.addModule(gateWorklet);
  return new NoiseGateWorkletNode(context, {
    openThreshold,
    closeThreshold: openThreshold - HYSTERESIS_DB,
    holdMs: HOLD_MS,
    maxChannels: 1,
  });
};
