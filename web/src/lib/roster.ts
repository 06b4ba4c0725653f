import { localpart, userIdOf } from "./identity";
import type { ParticipantView, RoomSnapshot } from "./model";

/** Who is in the call, as the room tells it: what is seen from outside. */
export const peopleOf = (room: RoomSnapshot | null): readonly ParticipantView[] =>
  (room?.call?.roster ?? []).map((entry) => ({
    identity: `${entry.userId}:${entry.deviceId}`,
    userId: entry.userId,
    name: room?.names[entry.userId] ?? localpart(entry.userId),
    isLocal: false,
    muted: entry.muted,
    deafened: entry.deafened,
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
