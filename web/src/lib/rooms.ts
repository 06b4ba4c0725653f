/** The rooms of an account as plain values, and how they are laid out beside the call. */
import type { RoomSnapshot } from "./model";

export type RoomView = {
  roomId: string;
  name: string;
  kind: "voice" | "text" | "space";
  membership: "join" | "invite";
  /** Who invited, by name; null unless it is an invitation. */
  inviter: string | null;
  encrypted: boolean;
  unread: number;
  mentions: number;
  /** When we last read it, on whatever device; ms since the epoch, 0 if that is not known. */
  readAt: number;
  /** When something was last said; ms since the epoch. */
  activeAt: number;
  /** Of a space: room IDs in its order. */
  children: readonly string[];
  /** Of a voice channel. */
  voice: RoomSnapshot | null;
};

export type Rooms = ReadonlyMap<string, RoomView>;

/** Spaces that are in no other space of ours, by name. */
export const topSpaces = (rooms: Rooms): readonly RoomView[] => {
  const spaces = joined(rooms).filter(({ kind }) => kind === "space");
  const inside = new Set(spaces.flatMap(({ children }) => children));
  const top = spaces.filter(({ roomId }) => !inside.has(roomId));
  // Spaces in a circle have no top: then all of them are shown.
  return byName(top.length > 0 ? top : spaces);
};

export type Sections = {
  voice: readonly RoomView[];
  text: readonly RoomView[];
  invites: readonly RoomView[];
};

/** What is listed: all rooms, or those of a space and of the spaces in it. */
export const sectionsOf = (rooms: Rooms, spaceId: string | null): Sections => {
  const space = spaceId === null ? null : insideOf(rooms, spaceId);
  const listed = space === null ? byName(joined(rooms)) : inOrder(rooms, space);
  return {
    voice: listed.filter(({ kind }) => kind === "voice"),
    text:
      space === null
        ? [...listed.filter(({ kind }) => kind === "text")].sort((a, b) => b.activeAt - a.activeAt)
        : listed.filter(({ kind }) => kind === "text"),
    invites: byName([...rooms.values()].filter(({ membership }) => membership === "invite")),
  };
};

/** Of a space or of all rooms: is there something new? */
export const newsIn = (rooms: Rooms, spaceId: string | null): { unread: number; calls: number } => {
  const { voice, text } = sectionsOf(rooms, spaceId);
  const all = [...voice, ...text];
  return {
    unread: all.filter(({ unread }) => unread > 0).length,
    calls: voice.filter((room) => (room.voice?.call?.count ?? 0) > 0).length,
  };
};

const joined = (rooms: Rooms): RoomView[] =>
  [...rooms.values()].filter(({ membership }) => membership === "join");

const insideOf = (rooms: Rooms, spaceId: string): readonly string[] => {
  const found = new Set<string>();
  const visit = (id: string) => {
    for (const child of rooms.get(id)?.children ?? []) {
      if (found.has(child)) continue;
      found.add(child);
      visit(child);
    }
  };
  visit(spaceId);
  return [...found];
};

const inOrder = (rooms: Rooms, ids: readonly string[]): RoomView[] =>
  ids.flatMap((id) => {
    const room = rooms.get(id);
    return room?.membership === "join" ? [room] : [];
  });

const byName = (rooms: readonly RoomView[]): readonly RoomView[] =>
  [...rooms].sort(
    (a, b) => a.name.localeCompare(b.name, undefined, { numeric: true, sensitivity: "base" }) || 0,
  );

/** `m.space.child` events as the room IDs of the children, in the space's order (Matrix 1.2). */
export const childrenInOrder = (
  events: readonly { roomId: string; content: unknown; ts: number }[],
): readonly string[] =>
  events
    .flatMap(({ roomId, content, ts }) => {
      if (typeof content !== "object" || content === null || !("via" in content)) return [];
      const order = "order" in content && isOrder(content.order) ? content.order : null;
      return [{ roomId, order, ts }];
    })
    .sort((a, b) => {
      if (a.order !== null && b.order !== null && a.order !== b.order)
        return a.order < b.order ? -1 : 1;
      if ((a.order === null) !== (b.order === null)) return a.order === null ? 1 : -1;
      return a.ts - b.ts || (a.roomId < b.roomId ? -1 : 1);
    })
    .map(({ roomId }) => roomId);

const isOrder = (order: unknown): order is string =>
  typeof order === "string" && order.length <= 50 && /^[\x20-\x7e]+$/u.test(order);
