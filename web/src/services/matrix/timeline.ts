/** The messages of one room, as long as it is open. */
import {
  ClientEvent,
  Direction,
  type MatrixClient,
  MatrixEventEvent,
  type MatrixEvent,
  type Room,
  RoomEvent,
} from "matrix-js-sdk";
import type { Timeline } from "../../lib/timeline";
import { messageOf } from "./messages";
import { soon } from "./soon";

const PAGE = 30;
/** Less than that on the page, and it looks as if something were missing. */
const ENOUGH = 20;
const TRIES = 4;

export type OpenTimeline = {
  older: () => Promise<void>;
  send: (body: string, replyTo: string | null) => Promise<void>;
  /** Of a message that could not be sent. */
  again: (id: string) => void;
  discard: (id: string) => void;
  close: () => void;
};

export const openTimeline = (
  client: MatrixClient,
  room: Room,
  report: (timeline: Timeline) => void,
): OpenTimeline => {
  let loading = false;
  let failed = false;
  let closed = false;

  const live = () => room.getLiveTimeline();
  const hasMore = () => live().getPaginationToken(Direction.Backward) !== null;
  const messages = () =>
    live()
      .getEvents()
      .flatMap((event) => messageOf(event, room, client.getSafeUserId()) ?? []);

  const tell = soon(() => {
    if (closed) return;
    report({
      roomId: room.roomId,
      messages: messages(),
      more: hasMore(),
      loading,
      failed,
      mayNotWrite: mayNotWrite(client, room),
    });
    markRead();
  });

  let readUpTo = "";
  const markRead = () => {
    if (document.visibilityState !== "visible") return;
    const last = [...live().getEvents()].reverse().find(({ status }) => status === null);
    const id = last?.getId() ?? "";
    if (last === undefined || id === readUpTo || last.getSender() === client.getUserId()) return;
    readUpTo = id;
    client.sendReadReceipt(last).catch(() => undefined);
  };

  const ofRoom = (_event: unknown, where: Room | undefined) => {
    if (where?.roomId === room.roomId) tell.ask();
  };
  const onEvent = (event: MatrixEvent) => {
    if (event.getRoomId() === room.roomId) tell.ask();
  };
  const onSeen = () => tell.ask();

  const listen = (how: "on" | "off") => {
    client[how](RoomEvent.Timeline, ofRoom);
    client[how](RoomEvent.Redaction, ofRoom);
    client[how](RoomEvent.LocalEchoUpdated, ofRoom);
    client[how](MatrixEventEvent.Decrypted, onEvent);
    client[how](MatrixEventEvent.Replaced, onEvent);
    client[how](ClientEvent.Sync, onSeen);
  };

  const load = async (until: () => boolean) => {
    if (loading || !hasMore()) return;
    loading = true;
    failed = false;
    tell.ask();
    try {
      for (let tries = 0; tries < TRIES && hasMore() && !closed; tries += 1) {
        await client.paginateEventTimeline(live(), { backwards: true, limit: PAGE });
        if (until()) break;
      }
    } catch {
      failed = true;
    }
    loading = false;
    tell.ask();
  };

  const find = (id: string) => room.findEventById(id);

  listen("on");
  document.addEventListener("visibilitychange", onSeen);
  tell.ask();
  if (messages().length < ENOUGH) void load(() => messages().length >= ENOUGH);

  return {
    older: async () => {
      const before = messages().length;
      await load(() => messages().length > before);
    },
    send: async (body, replyTo) => {
      const relation =
        replyTo === null ? {} : { "m.relates_to": { "m.in_reply_to": { event_id: replyTo } } };
      const content = { msgtype: "m.text" as const, body, "m.mentions": {}, ...relation };
      await client.sendMessage(room.roomId, content as never);
    },
    again: (id) => {
      const event = find(id);
      if (event) client.resendEvent(event, room).catch(() => undefined);
    },
    discard: (id) => {
      const event = find(id);
      if (event) client.cancelPendingEvent(event);
    },
    close: () => {
      closed = true;
      tell.cancel();
      listen("off");
      document.removeEventListener("visibilitychange", onSeen);
    },
  };
};

const mayNotWrite = (client: MatrixClient, room: Room): Timeline["mayNotWrite"] => {
  if (!room.maySendMessage()) return "rights";
  return room.hasEncryptionStateEvent() && client.getCrypto() === undefined ? "keys" : null;
};
