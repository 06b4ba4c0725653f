import { localpart, userIdOf } from "./identity";
import type { Held, ParticipantView, RoomSnapshot, RosterEntry } from "./model";

const FREE: Held = { muted: false, deafened: false };

/** Who is in the call, as the room tells it: what is seen from outside. `own`: our identity there. */
export const peopleOf = (room: RoomSnapshot | null, own?: string): readonly ParticipantView[] =>
  (room?.call?.roster ?? []).map((entry) => ({
    identity: `${entry.userId}:${entry.deviceId}`,
    userId: entry.userId,
    name: room?.names[entry.userId] ?? localpart(entry.userId),
    isLocal: isOurs(entry, own),
    muted: entry.muted,
    deafened: entry.deafened,
    held: entry.held ?? FREE,
    hand: entry.hand,
    camera: entry.video,
    screen: entry.screen,
    quality: "unknown" as const,
    joinedAt: entry.joinedAt,
    media: "none" as const,
    version: "",
  }));

/**
 * Who a participant is. Element Call's have no name with them, and some of them identities that are
 * hashes: both are in the room.
 */
export const personOf = (
  room: RoomSnapshot | null,
  identity: string,
  name: string,
): { userId: string; name: string } => {
  const userId = ownerOf(room, identity) ?? userIdOf(identity);
  return { userId, name: name || (room?.names[userId] ?? localpart(userId)) };
};

/** What moderators hold a person to: the room tells it of each of their devices. */
export const heldOf = (room: RoomSnapshot | null, userId: string): Held =>
  room?.call?.roster.find((entry) => entry.userId === userId)?.held ?? FREE;

/**
 * Devices that only listen, and that nothing in the room explains: Element Call connects so to the
 * media servers of others. They are nobody to show.
 */
export const isNobody = (room: RoomSnapshot | null, identity: string, tracks: number): boolean =>
  tracks === 0 && !identity.startsWith("@") && ownerOf(room, identity) === undefined;

/** Hashes, and puppets of people who came by a link: the roster and MatrixRTC memberships tell. */
const ownerOf = (room: RoomSnapshot | null, identity: string): string | undefined =>
  room?.owners?.[identity] ??
  room?.call?.roster.find((entry) => entry.identities?.includes(identity))?.userId;

const isOurs = (entry: RosterEntry, own: string | undefined): boolean =>
  own !== undefined &&
  (`${entry.userId}:${entry.deviceId}` === own || entry.identities?.includes(own) === true);
