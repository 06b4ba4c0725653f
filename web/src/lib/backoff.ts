const FIRST_MS = 1000;
const MOST_MS = 30_000;

/**
 * How long to wait before a try: 1 s, 2 s, 4 s … 30 s, less up to a quarter, so that the people of
 * a restarted server do not all come back in the same instant.
 *
 * @param attempt 1 for the first try after a failure.
 * @param random 0 to 1.
 */
export const backoffMs = (attempt: number, random: number, atLeastMs = 0): number => {
  const full = Math.min(FIRST_MS * 2 ** (attempt - 1), MOST_MS);
  return Math.max(Math.round(full * (1 - random / 4)), atLeastMs);
};
