import { returnedIn } from "./login";
import { widgetOf, type WidgetParameters } from "./widget";

/** Where the address leads. Everything is in the fragment, so that no server log has a code in it. */
export type Route =
  | { tag: "link"; code: string }
  | { tag: "room"; roomId: string }
  | { tag: "widget"; parameters: WidgetParameters }
  /** The client on its own, after logging in; perhaps with a room to open. */
  | { tag: "home"; roomId: string | null }
  | { tag: "nowhere" };

export const routeOf = (hash: string, search = ""): Route => {
  const path = hash.replace(/^#/, "");
  const query = /^\/widget\/?\?(.*)$/su.exec(path)?.[1];
  if (query !== undefined) {
    const parameters = widgetOf(query, search);
    return parameters === null ? { tag: "nowhere" } : { tag: "widget", parameters };
  }
  // Back from where people log in.
  if (returnedIn(search, hash) !== null) return { tag: "home", roomId: null };
  if (path === "" || path === "/") return { tag: "home", roomId: null };
  const [, kind, value = ""] = /^\/(link|room|home)\/([^/?]+)\/?$/u.exec(path) ?? [];
  const decoded = decode(value);
  if (decoded === "") return { tag: "nowhere" };
  if (kind === "link") return { tag: "link", code: decoded };
  if (kind === "home") return { tag: "home", roomId: decoded };
  return kind === "room" ? { tag: "room", roomId: decoded } : { tag: "nowhere" };
};

export const roomHash = (roomId: string): string => `#/room/${encodeURIComponent(roomId)}`;

/** To the room, by logging in. */
export const homeHash = (roomId: string): string => `#/home/${encodeURIComponent(roomId)}`;

/** In local storage while somebody is logged in. It holds nothing else. */
export const ACCOUNT_MARK = "haos-voice.account";

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
};
