/** A room's messages as plain values, and how they are grouped on the page. */
import { routeOf } from "./route";

export type Message = {
  /** The event's ID, or the transaction's as long as there is none. */
  id: string;
  userId: string;
  name: string;
  ts: number;
  own: boolean;
  /** `notice`: by a bot. `event`: something that happened, told in `body`. */
  kind: "text" | "emote" | "notice" | "event" | "attachment" | "redacted" | "unreadable";
  body: string;
  edited: boolean;
  replyTo: { id: string; name: string; body: string } | null;
  state: "sent" | "sending" | "failed";
};

export type Timeline = {
  roomId: string;
  messages: readonly Message[];
  /** Whether there is more before the first one. */
  more: boolean;
  loading: boolean;
  /** Older messages could not be loaded. */
  failed: boolean;
  /** null: may write. */
  mayNotWrite: "rights" | "keys" | null;
};

export type Group = {
  key: string;
  /** Set where a new day begins; ms since the epoch. */
  day: number | null;
  userId: string;
  name: string;
  ts: number;
  /** What happened stands alone, without a face. */
  quiet: boolean;
  messages: readonly Message[];
};

const TOGETHER_MS = 5 * 60_000;

/** Messages that somebody wrote in one go are one group; a new day begins a new one. */
export const groupsOf = (messages: readonly Message[]): readonly Group[] => {
  const groups: (Omit<Group, "messages"> & { messages: Message[] })[] = [];
  let day = "";
  for (const message of messages) {
    const today = new Date(message.ts).toDateString();
    const last = groups.at(-1);
    const quiet = message.kind === "event" || message.kind === "notice";
    const before = last?.messages.at(-1);
    if (
      last !== undefined &&
      before !== undefined &&
      today === day &&
      last.userId === message.userId &&
      last.quiet === quiet &&
      message.replyTo === null &&
      message.ts - before.ts < TOGETHER_MS
    ) {
      last.messages.push(message);
    } else {
      groups.push({
        key: message.id,
        day: today === day ? null : message.ts,
        userId: message.userId,
        name: message.name,
        ts: message.ts,
        quiet,
        messages: [message],
      });
    }
    day = today;
  }
  return groups;
};

/** Clients of old put the quoted message into a reply's text, line by line after ">". */
export const withoutQuote = (body: string): string => {
  if (!body.startsWith("> ")) return body;
  const lines = body.split("\n");
  const end = lines.findIndex((line) => !line.startsWith(">"));
  return end < 0 ? body : lines.slice(end).join("\n").replace(/^\n+/u, "");
};

export type Piece =
  | { tag: "text"; text: string }
  | { tag: "link"; url: string }
  /** To a room in this very client: where the cards of calls lead. */
  | { tag: "room"; url: string; roomId: string };

const URL_PATTERN = /\bhttps?:\/\/[^\s<>"]*[^\s<>".,;:!?)'\]}]/giu;

/**
 * A text with the addresses in it. Only http and https: nothing that a click could run.
 *
 * @param page the client's own address, without a fragment.
 */
export const piecesOf = (text: string, page: string): readonly Piece[] => {
  const pieces: Piece[] = [];
  let end = 0;
  for (const found of text.matchAll(URL_PATTERN)) {
    if (found.index > end) pieces.push({ tag: "text", text: text.slice(end, found.index) });
    pieces.push(linkOf(found[0], page));
    end = found.index + found[0].length;
  }
  if (end < text.length) pieces.push({ tag: "text", text: text.slice(end) });
  return pieces;
};

const linkOf = (url: string, page: string): Piece => {
  const route = url.startsWith(`${page}#`) ? routeOf(url.slice(page.length)) : null;
  return route?.tag === "room" ? { tag: "room", url, roomId: route.roomId } : { tag: "link", url };
};
