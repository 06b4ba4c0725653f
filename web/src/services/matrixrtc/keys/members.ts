/** The devices of a call as the keys need them: to whom ours goes, and whose names theirs open. */
import * as v from "valibot";
import { hashOf } from "../hash";
import { type MemberEvent, memberDevice, stickyDevice } from "../members";
import { type DeviceName, nameOf } from "./message";

export type CallMember = DeviceName & {
  /** Another value when the device came anew, without what it knew before. */
  stay: string;
  /** What LiveKit may call it. */
  identities: readonly string[];
};

/**
 * The call's devices but our own, each once: who says it both ways is known by both names.
 *
 * @param isInRoom whether somebody is a member of the Matrix room. A membership in the call stays
 *   when its owner is put out of the room, and must not bring them keys.
 */
export const callMembers = async (
  state: readonly MemberEvent[],
  sticky: readonly MemberEvent[],
  own: DeviceName,
  isInRoom: (userId: string) => boolean,
  now: number,
): Promise<readonly CallMember[]> => {
  const found = new Map<string, CallMember>();
  const add = (member: CallMember) => {
    const name = nameOf(member);
    if (name === nameOf(own) || !isInRoom(member.userId)) return;
    const before = found.get(name);
    found.set(
      name,
      before === undefined
        ? member
        : { ...member, identities: [...before.identities, ...member.identities] },
    );
  };
  for (const event of state) {
    const device = memberDevice(event, now);
    if (device === null) continue;
    const { sender: userId } = event;
    const { deviceId, joinedAt } = device;
    add({ userId, deviceId, stay: String(joinedAt), identities: [`${userId}:${deviceId}`] });
  }
  for (const event of sticky) {
    const device = stickyDevice(event);
    if (device === null) continue;
    const { sender: userId } = event;
    const { deviceId, memberId } = device;
    // Both ways of hashing are in use (members.ts), and some come by the plain name at first.
    const identities = [
      await hashOf([userId, memberId]),
      await hashOf([userId, deviceId, memberId]),
      `${userId}:${deviceId}`,
    ];
    add({ userId, deviceId, stay: memberId, identities });
  }
  return [...found.values()];
};

const Joined = v.object({ membership: v.string() });

/** Of an `m.room.member`; what is not known speaks for them: older clients tell only when asked. */
export const mayBeInRoom = (content: unknown): boolean => {
  const read = v.safeParse(Joined, content);
  return !read.success || read.output.membership === "join";
};
