/** A room of the SDK's as plain values. */
import {
  EventType,
  type MatrixClient,
  NotificationCountType,
  ReceiptType,
  type Room,
} from "matrix-js-sdk";
import * as v from "valibot";
import { localpart } from "../../lib/identity";
import type { Call, RoomSnapshot } from "../../lib/model";
import { childrenInOrder, type RoomView } from "../../lib/rooms";
import { CallSchema, ChannelSchema } from "../api-schema";
import { stateEvent, stateEvents } from "./room-state";

const CHANNEL_TYPE = "io.haos.voice.channel";
const CALL_TYPE = "io.haos.voice.call";
const MODERATE_TYPE = "io.haos.voice.moderate";
const MODERATE_LEVEL = 50;
/** Rooms that are voice channels without saying so (docs/protocol.md §3). */
const CALL_ROOM_TYPES = ["org.matrix.msc3417.call", "m.call", "io.element.video"];

/** null: left, or replaced by a newer room that we are in. */
export const viewOfRoom = (client: MatrixClient, room: Room, bot: string): RoomView | null => {
  const membership = room.getMyMembership();
  if (membership !== "join" && membership !== "invite") return null;
  if (isReplaced(client, room)) return null;
  const voice = membership === "join" ? voiceOf(room, client.getSafeUserId(), bot) : null;
  return {
    roomId: room.roomId,
    name: room.name,
    kind: room.isSpaceRoom() ? "space" : voice === null ? "text" : "voice",
    membership,
    inviter: membership === "invite" ? inviterOf(room, client.getSafeUserId()) : null,
    encrypted: room.hasEncryptionStateEvent(),
    unread: room.getUnreadNotificationCount(NotificationCountType.Total),
    mentions: room.getUnreadNotificationCount(NotificationCountType.Highlight),
    readAt: readAt(room, client.getSafeUserId()),
    activeAt: room.getLastActiveTimestamp(),
    children: room.isSpaceRoom() ? childrenOf(room) : [],
    voice,
  };
};

/** The SDK also infers receipts, from what we sent; such a one may hide a later one of the server's. */
const readAt = (room: Room, me: string): number => {
  const receipts = [ReceiptType.Read, ReceiptType.ReadPrivate].flatMap((type) => [
    room.getReadReceiptForUserId(me, true, type),
    room.getReadReceiptForUserId(me, false, type),
  ]);
  return Math.max(...receipts.map((receipt) => receipt?.data.ts ?? 0));
};

const isReplaced = (client: MatrixClient, room: Room): boolean => {
  const next: unknown = contentOf(room, EventType.RoomTombstone)?.["replacement_room"];
  return typeof next === "string" && client.getRoom(next)?.getMyMembership() === "join";
};

const inviterOf = (room: Room, me: string): string => {
  const sender = room.getMember(me)?.events.member?.getSender() ?? "";
  return room.getMember(sender)?.rawDisplayName ?? localpart(sender);
};

const childrenOf = (room: Room): readonly string[] =>
  childrenInOrder(
    stateEvents(room, EventType.SpaceChild).map((event) => ({
      roomId: event.getStateKey() ?? "",
      content: event.getContent(),
      ts: event.getTs(),
    })),
  );

const voiceOf = (room: Room, me: string, bot: string): RoomSnapshot | null => {
  const set = contentOf(room, CHANNEL_TYPE);
  if (set === undefined && !CALL_ROOM_TYPES.includes(room.getType() ?? "")) return null;
  const channel = v.safeParse(ChannelSchema, set ?? {});
  // A bad value is refused by the bridge, and what was before it holds: better shown than hidden.
  const wanted = channel.success ? channel.output : v.parse(ChannelSchema, {});
  if (!wanted.enabled) return null;
  const mediaEncryption = wanted.mediaEncryption && room.hasEncryptionStateEvent();
  const call = callOf(room, bot);
  const shown = [me, ...(call?.roster.map(({ userId }) => userId) ?? [])];
  return {
    roomId: room.roomId,
    name: room.name,
    channel: { ...wanted, mediaEncryption },
    call,
    names: namesOf(room, shown),
    pictures: picturesOf(room, shown),
    mayModerate: mayModerate(room, me),
  };
};

/** Only the bot's word counts. */
const callOf = (room: Room, bot: string): Call | null => {
  const event = stateEvent(room, CALL_TYPE);
  if (event?.getSender() !== bot) return null;
  const call = v.safeParse(CallSchema, event.getContent());
  return call.success ? call.output : null;
};

const namesOf = (room: Room, users: readonly string[]): Record<string, string> =>
  Object.fromEntries(users.map((id) => [id, room.getMember(id)?.rawDisplayName ?? localpart(id)]));

const picturesOf = (room: Room, users: readonly string[]): Record<string, string> =>
  Object.fromEntries(users.map((id) => [id, room.getMember(id)?.getMxcAvatarUrl() ?? ""]));

const mayModerate = (room: Room, me: string): boolean => {
  const events: unknown = contentOf(room, EventType.RoomPowerLevels)?.["events"];
  const levels = v.safeParse(v.record(v.string(), v.unknown()), events);
  const needed = levels.success ? levels.output[MODERATE_TYPE] : undefined;
  return (
    (room.getMember(me)?.powerLevel ?? 0) >= (typeof needed === "number" ? needed : MODERATE_LEVEL)
  );
};

const contentOf = (room: Room, type: string): Record<string, unknown> | undefined =>
  stateEvent(room, type)?.getContent();
