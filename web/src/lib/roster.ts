import { localpart } from "./identity";
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
    version: "",
  }));
