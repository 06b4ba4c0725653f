/** Events of the SDK's as the messages of a timeline. */
import { EventStatus, type MatrixEvent, MsgType, type Room } from "matrix-js-sdk";
import { localpart } from "../../lib/identity";
import { type Message, withoutQuote } from "../../lib/timeline";

/** null: nothing to show, such as an edit, which is shown in what it edits. */
export const messageOf = (event: MatrixEvent, room: Room, me: string): Message | null => {
  const kind = kindOf(event);
  if (kind === null || event.isRelation("m.replace")) return null;
  const userId = event.getSender() ?? "";
  return {
    id: event.getId() ?? event.getTxnId() ?? "",
    userId,
    name: nameOf(event, room),
    ts: event.getTs(),
    own: userId === me,
    kind,
    body: bodyOf(event),
    edited: event.replacingEventId() !== undefined,
    replyTo: replyOf(event, room),
    state: stateOf(event.status),
  };
};

const kindOf = (event: MatrixEvent): Message["kind"] | null => {
  const type = event.getType();
  if (type === "m.room.encrypted") return event.isRedacted() ? "redacted" : "unreadable";
  if (type === "m.sticker") return event.isRedacted() ? "redacted" : "attachment";
  if (type !== "m.room.message") return null;
  if (event.isRedacted()) return "redacted";
  if (event.isDecryptionFailure()) return "unreadable";
  switch (event.getContent().msgtype) {
    case MsgType.Text:
      return "text";
    case MsgType.Emote:
      return "emote";
    case MsgType.Notice:
      return "notice";
    case undefined:
      return null;
    default:
      return "attachment";
  }
};

const bodyOf = (event: MatrixEvent): string => {
  if (event.isDecryptionFailure()) return "";
  const body: unknown = event.getContent()["body"];
  if (typeof body !== "string") return "";
  return event.replyEventId === undefined ? body : withoutQuote(body);
};

const replyOf = (event: MatrixEvent, room: Room): Message["replyTo"] => {
  const id = event.replyEventId;
  const relation = event.getWireContent()["m.relates_to"];
  // In a thread, clients without threads get something to reply to; it means nothing.
  const isFallback = relation?.rel_type === "m.thread" && relation.is_falling_back !== false;
  if (id === undefined || isFallback) return null;
  const target = room.findEventById(id);
  if (target === undefined) return { id, name: "", body: "" };
  return { id, name: nameOf(target, room), body: target.isRedacted() ? "" : bodyOf(target) };
};

const nameOf = (event: MatrixEvent, room: Room): string => {
  const userId = event.getSender() ?? "";
  return (event.sender ?? room.getMember(userId))?.rawDisplayName ?? localpart(userId);
};

const stateOf = (status: EventStatus | null): Message["state"] => {
  switch (status) {
    case EventStatus.NOT_SENT:
    case EventStatus.CANCELLED:
      return "failed";
    case EventStatus.ENCRYPTING:
    case EventStatus.QUEUED:
    case EventStatus.SENDING:
      return "sending";
    case EventStatus.SENT:
    case null:
      return "sent";
  }
};
