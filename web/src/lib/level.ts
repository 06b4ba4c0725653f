/** Loudness in dBFS: 0 is as loud as it gets. */
export const SILENCE_DB = -100;

export const decibels = (samples: Float32Array): number => {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const rms = Math.sqrt(sum / Math.max(1, samples.length));
  return rms > 0 ? Math.max(SILENCE_DB, 20 * Math.log10(rms)) : SILENCE_DB;
};

/** For a meter: 0 at `SILENCE_DB`, 1 at 0 dB. */
export const fraction = (db: number): number =>
  Math.min(1, Math.max(0, (db - SILENCE_DB) / -SILENCE_DB));
