import { widgetOf, type WidgetParameters } from "./widget";

/** Where the address leads. Everything is in the fragment, so that no server log has a code in it. */
export type Route =
  | { tag: "link"; code: string }
  | { tag: "room"; roomId: string }
  | { tag: "widget"; parameters: WidgetParameters }
  | { tag: "nowhere" };

export const routeOf = (hash: string, search = ""): Route => {
  const path = hash.replace(/^#/, "");
  const query = /^\/widget\/?\?(.*)$/su.exec(path)?.[1];
  if (query !== undefined) {
    const parameters = widgetOf(query, search);
    return parameters === null ? { tag: "nowhere" } : { tag: "widget", parameters };
  }
  const [, kind, value = ""] = /^\/(link|room)\/([^/?]+)\/?$/u.exec(path) ?? [];
  const decoded = decode(value);
  if (decoded === "") return { tag: "nowhere" };
  if (kind === "link") return { tag: "link", code: decoded };
  return kind === "room" ? { tag: "room", roomId: decoded } : { tag: "nowhere" };
};

export const roomHash = (roomId: string): string => `#/room/${encodeURIComponent(roomId)}`;

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
};
