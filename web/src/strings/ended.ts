import type { Connection } from "../lib/connection";
import { text } from "./en";

/** "You were removed by Cal", where the bridge says who it was. */
export const endedTitle = ({ why, by }: Extract<Connection, { tag: "ended" }>): string =>
  why === "removed" && by !== undefined ? text.ended.removed.titleBy(by) : text.ended[why].title;
