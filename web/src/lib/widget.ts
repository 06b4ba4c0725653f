/** What a Matrix client tells a widget in its address (MSC1236 templates, docs/protocol.md §6). */

export type Theme = "light" | "dark";

export type WidgetParameters = {
  widgetId: string;
  /** Where the client is; empty if it did not say. */
  parentOrigin: string;
  roomId: string;
  userId: string;
  /** Empty where the client does not tell. */
  deviceId: string;
  /** The bridge's bot; empty if unknown. */
  botId: string;
  theme: Theme | null;
  language: string;
};

/** From both halves of the address: some clients add theirs in front of the `#`. */
export const widgetOf = (fragment: string, search: string): WidgetParameters | null => {
  const inside = new URLSearchParams(fragment);
  const outside = new URLSearchParams(search);
  const value = (name: string): string => filled(inside.get(name)) || filled(outside.get(name));
  const widgetId = value("widgetId");
  const roomId = value("roomId");
  const userId = value("userId");
  if (widgetId === "" || roomId === "" || userId === "") return null;
  return {
    widgetId,
    roomId,
    userId,
    parentOrigin: originOf(value("parentUrl")),
    // A colon would make the identity that of somebody else.
    deviceId: value("deviceId").includes(":") ? "" : value("deviceId"),
    botId: value("bot"),
    theme: themeOf(value("theme")),
    language: value("lang"),
  };
};

/** Themes have many names ("light-high-contrast", "Tokyo Night"); what matters is how dark. */
export const themeOf = (name: string): Theme | null => {
  if (/light/iu.test(name)) return "light";
  return /dark|black|night/iu.test(name) ? "dark" : null;
};

/** A client leaves the templates in place that it does not know. */
const filled = (text: string | null): string =>
  text === null || /^\$[\w.]+$/u.test(text) ? "" : text;

const originOf = (url: string): string => {
  try {
    const { origin } = new URL(url);
    // Desktop clients have schemes of their own, and those no origin that can be named.
    return origin === "null" ? "" : origin;
  } catch {
    return "";
  }
};
