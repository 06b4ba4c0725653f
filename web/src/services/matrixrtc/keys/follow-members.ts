/** The others in the call, told anew whenever they may be others. */
import type { CallMember } from "./members";

/** Memberships end by themselves, too. */
const LOOK_MS = 30_000;

/**
 * Looks now, at each change, and now and then; one look after the other, so that an older one never
 * has the last word.
 *
 * @param onChange calls back at each change; returns what ends that.
 * @returns what ends it.
 */
export const followMembers = (
  read: () => Promise<readonly CallMember[]>,
  onChange: (look: () => void) => () => void,
  listener: (members: readonly CallMember[]) => void,
): (() => void) => {
  let ended = false;
  let turn = Promise.resolve();
  const look = () => {
    turn = turn.then(async () => {
      const members = await read();
      if (!ended) listener(members);
    });
  };
  const stop = onChange(look);
  const timer = setInterval(look, LOOK_MS);
  look();
  return () => {
    ended = true;
    stop();
    clearInterval(timer);
  };
};
