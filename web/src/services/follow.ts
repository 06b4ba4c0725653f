/** A stream of the bridge's, followed through its breaks. */
import { backoffMs } from "../lib/backoff";
import { passesByItself, problemOf } from "../lib/problem";
import { pause } from "./pause";

/**
 * Ends with the signal, or rejects with what will not pass. `open` follows the stream once;
 * `isGood` is called with each thing that came and made sense.
 */
export const follow = async (
  open: (isGood: () => void) => Promise<void>,
  signal: AbortSignal,
): Promise<void> => {
  let failures = 0;
  const over = () => signal.aborted;
  while (!over()) {
    try {
      await open(() => {
        failures = 0;
      });
    } catch (error) {
      if (over()) return;
      if (!passesByItself(problemOf(error))) throw error;
    }
    failures += 1;
    await pause(backoffMs(failures, Math.random()), signal);
  }
};
