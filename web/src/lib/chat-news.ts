/** What is told of a room's messages to whoever does not see them come. */
import type { Message, Timeline } from "./timeline";

export type ChatNewsTexts = {
  said: (name: string, body: string) => string;
  many: (count: number, lastBy: string) => string;
  /** In the place of a body: an attachment, or what cannot be read here. */
  something: string;
};

const EACH = 3;
const BODY = 200;

/**
 * What others said since. Nothing of another room, of what was loaded from before, or of bots,
 * whose notices are to disturb nobody.
 */
export const newlySaid = (before: Timeline | null, now: Timeline | null): readonly Message[] => {
  if (before === null || before.roomId !== now?.roomId) return [];
  // What is on its way has no lasting name yet.
  const lasting = before.messages.filter(({ state }) => state === "sent");
  const known = new Set(lasting.map(({ id }) => id));
  const last = now.messages.map(({ id }) => known.has(id)).lastIndexOf(true);
  if (last < 0 && lasting.length > 0) return [];
  return now.messages
    .slice(last + 1)
    .filter(
      ({ own, kind }) => !own && kind !== "notice" && kind !== "event" && kind !== "redacted",
    );
};

/** Some are read out; of many it is told that they are there. */
export const chatNews = (messages: readonly Message[], texts: ChatNewsTexts): string => {
  const last = messages.at(-1);
  if (last === undefined) return "";
  if (messages.length > EACH) return texts.many(messages.length, last.name);
  return messages.map((message) => texts.said(message.name, shortened(message, texts))).join(" ");
};

const shortened = ({ kind, body }: Message, { something }: ChatNewsTexts): string => {
  if (kind === "unreadable" || body === "") return something;
  return body.length > BODY ? `${body.slice(0, BODY)}…` : body;
};
