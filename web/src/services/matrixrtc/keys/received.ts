/** The others' keys: which counts, and under what name of LiveKit's. Decides without doing. */
import type { CallMember } from "./members";
import { nameOf, type ReceivedKey } from "./message";

/**
 * Anybody on the homeservers may send us keys, and one that no membership names waits for it: so
 * that they fill no memory, a user's devices are counted, and the oldest that waits goes.
 */
const DEVICES_OF_A_USER = 30;
const DEVICES = 1_000;

/** By device, then index. */
export type ReceivedKeys = ReadonlyMap<string, ReadonlyMap<number, ReceivedKey>>;

/** A key for the media: whatever comes from that participant under this index opens with it. */
export type UsableKey = { identity: string; index: number; key: Uint8Array<ArrayBuffer> };

export const NO_KEYS: ReceivedKeys = new Map();

/** The same value: it was older than what is there, or one too many. */
export const received = (
  keys: ReceivedKeys,
  next: ReceivedKey,
  members: readonly CallMember[],
): ReceivedKeys => {
  const name = nameOf(next.owner);
  const ring = keys.get(name);
  const before = ring?.get(next.index);
  if (before !== undefined && before.sentAt > next.sentAt) return keys;
  const all = new Map(keys).set(name, new Map(ring).set(next.index, next));
  if (ring !== undefined || members.some((member) => nameOf(member) === name)) return all;
  const ofUser = [...keys.keys()].filter((one) => one.startsWith(`${next.owner.userId} `));
  if (ofUser.length >= DEVICES_OF_A_USER) return keys;
  if (all.size > DEVICES) {
    const there = new Set([name, ...members.map(nameOf)]);
    const oldest = [...all.keys()].find((one) => !there.has(one));
    if (oldest !== undefined) all.delete(oldest);
  }
  return all;
};

/** The keys of who is in the call by a membership; those of others wait for theirs. */
export const usable = (keys: ReceivedKeys, members: readonly CallMember[]): readonly UsableKey[] =>
  members.flatMap((member) => {
    const ring = [...(keys.get(nameOf(member))?.values() ?? [])];
    // The newest last: it is what they use.
    return ring
      .sort((a, b) => a.sentAt - b.sentAt)
      .flatMap(({ index, key }) => member.identities.map((identity) => ({ identity, index, key })));
  });
