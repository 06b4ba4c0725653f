/**
 * The policy of our own key: who is to have it, and when it is a new one. As matrix-js-sdk does it,
 * so that Element Call's people and ours treat each other alike. Decides without doing.
 */
import type { CallMember } from "./members";
import { nameOf, nextIndex } from "./message";

/** A younger key is given to who joins: a new one each time would be many in a rush. */
export const GRACE_MS = 10_000;
/** A new key is used this long after it was sent, so that it is there before what it opens. */
export const USE_AFTER_MS = 1_000;

export type OwnKey = {
  index: number;
  key: Uint8Array<ArrayBuffer>;
  madeAt: number;
  /** Who was sent it: the stay of each device in the call, by its name. */
  holders: ReadonlyMap<string, string>;
};

export type Rollout = {
  own: OwnKey;
  /** To be sent it now. */
  to: readonly CallMember[];
};

export const firstKey = (key: Uint8Array<ArrayBuffer>, now: number): OwnKey => ({
  index: 0,
  key,
  madeAt: now,
  holders: new Map(),
});

/**
 * What is due, now that these others are in the call.
 *
 * Somebody left: they must not hear what comes, so the key is a new one, for all. Somebody came:
 * they must not hear what was, so likewise, unless it is young. Who came back anew lost theirs.
 */
export const rollOut = (
  own: OwnKey,
  others: readonly CallMember[],
  now: number,
  make: () => Uint8Array<ArrayBuffer>,
): Rollout => {
  const there = new Set(others.map(nameOf));
  const someoneLeft = [...own.holders.keys()].some((name) => !there.has(name));
  const lacking = others.filter((member) => own.holders.get(nameOf(member)) !== member.stay);
  const isYoung = now - own.madeAt < GRACE_MS;
  if (!someoneLeft && (lacking.length === 0 || isYoung)) return { own, to: lacking };
  const next = { index: nextIndex(own.index), key: make(), madeAt: now, holders: new Map() };
  return { own: next, to: others };
};

export const handedTo = (own: OwnKey, to: readonly CallMember[]): OwnKey => ({
  ...own,
  holders: new Map([...own.holders, ...to.map((one) => [nameOf(one), one.stay] as const)]),
});
