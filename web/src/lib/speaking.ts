/** The ring around a face: on at once, off after a breath, so that it does not flicker. */
export type Speaking = { on: boolean; lastLoudAt: number };

export const QUIET: Speaking = { on: false, lastLoudAt: 0 };

const LOUD_DB = -50;
const HOLD_MS = 250;

export const hear = (before: Speaking, db: number, now: number): Speaking => {
  if (db > LOUD_DB) return { on: true, lastLoudAt: now };
  if (before.on && now - before.lastLoudAt > HOLD_MS) return { ...before, on: false };
  return before;
};
