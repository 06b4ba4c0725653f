import type { Change } from "./changes";

export type AnnouncementTexts = {
  joined: (names: readonly string[]) => string;
  left: (names: readonly string[]) => string;
  sharing: (name: string) => string;
  stoppedSharing: (name: string) => string;
  hand: (name: string) => string;
};

export type AnnounceLevel = "all" | "own" | "none";

/** One sentence or two for whatever happened in a while: ten arrivals are one announcement. */
export const spoken = (
  changes: readonly Change[],
  level: AnnounceLevel,
  texts: AnnouncementTexts,
): string => {
  if (level === "none") return "";
  const told = changes.filter((change) => (level === "all" ? true : change.own));
  // Oneself is told by a note ("You joined Lounge"), not like the others.
  const others = told.filter((change) => !change.own);
  const joined = names(others, "joined");
  const left = names(others, "left");
  const parts: string[] = [];
  if (joined.length > 0) parts.push(texts.joined(joined));
  if (left.length > 0) parts.push(texts.left(left));
  for (const change of told) {
    switch (change.kind) {
      case "joined":
      case "left":
        break;
      case "sharing":
        if (!change.own) parts.push(texts.sharing(change.name));
        break;
      case "stopped-sharing":
        if (!change.own) parts.push(texts.stoppedSharing(change.name));
        break;
      case "hand":
        if (!change.own) parts.push(texts.hand(change.name));
        break;
      case "note":
        parts.push(change.text);
        break;
    }
  }
  return parts.join(" ");
};

const names = (changes: readonly Change[], kind: "joined" | "left"): string[] =>
  changes.flatMap((change) => (change.kind === kind ? [change.name] : []));
