/** A media key on its way to another device, in the shape that Element Call sends and reads. */
import * as v from "valibot";
import { fromBase64, toBase64 } from "./base64";

/** A device, as its owner's homeserver knows it. */
export type DeviceName = { userId: string; deviceId: string };

/** Which call the key is of, and whose it is. */
export type KeyOwner = DeviceName & { roomId: string };

const KEY_BYTES = 16;
const INDEXES = 256;

export const keyContent = (
  { roomId, userId, deviceId }: KeyOwner,
  index: number,
  key: Uint8Array,
  now: number,
): Record<string, unknown> => ({
  keys: { index, key: toBase64(key) },
  room_id: roomId,
  member: { id: `${userId}:${deviceId}`, claimed_device_id: deviceId },
  session: { application: "m.call", call_id: "", scope: "m.room" },
  sent_ts: now,
});

export type ReceivedKey = {
  owner: DeviceName;
  index: number;
  key: Uint8Array<ArrayBuffer>;
  /** When its sender sent it, by their clock; where they do not say, when it came. */
  sentAt: number;
};

const Content = v.object({
  room_id: v.string(),
  keys: v.object({
    index: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(INDEXES - 1)),
    key: v.pipe(v.string(), v.minLength(1)),
  }),
  member: v.object({ claimed_device_id: v.pipe(v.string(), v.minLength(1)) }),
  sent_ts: v.optional(v.number()),
});

/**
 * null: of another room, or not to be understood.
 *
 * @param sender proven by Olm; the device is only claimed, so it counts for this user alone.
 */
export const readKey = (
  sender: string,
  content: unknown,
  roomId: string,
  now: number,
): ReceivedKey | null => {
  const read = v.safeParse(Content, content);
  if (!read.success || read.output.room_id !== roomId) return null;
  const { keys, member, sent_ts } = read.output;
  const key = fromBase64(keys.key);
  // Shorter ones were no secret; a longer one is stretched to the right length all the same.
  if (key === null || key.length < KEY_BYTES) return null;
  const owner = { userId: sender, deviceId: member.claimed_device_id };
  return { owner, index: keys.index, key, sentAt: sent_ts ?? now };
};

export const freshKey = (): Uint8Array<ArrayBuffer> =>
  crypto.getRandomValues(new Uint8Array(KEY_BYTES));

export const nextIndex = (index: number): number => (index + 1) % INDEXES;

/** A name for maps; user IDs and device IDs have no space. */
export const nameOf = ({ userId, deviceId }: DeviceName): string => `${userId} ${deviceId}`;
