import type { Problem } from "./problem";

/** Why a call is over for us, in a way that we must not undo by ourselves (docs/protocol.md §2). */
export type Ending = "removed" | "duplicate" | "closed";

export type Connection =
  | { tag: "out" }
  | { tag: "joining" }
  | { tag: "in"; since: number }
  | { tag: "reconnecting"; since: number }
  /** Tries again at `retryAt`; null while it is trying. */
  | { tag: "waiting"; attempt: number; retryAt: number | null; problem: Problem }
  /** `by`: who removed us, as they are shown. */
  | { tag: "ended"; why: Ending; by?: string }
  | { tag: "refused"; problem: Problem };

/** Whether the person wants to be in the call, connected or not. */
export const isInside = (connection: Connection): boolean => {
  switch (connection.tag) {
    case "in":
    case "reconnecting":
    case "waiting":
    case "joining":
      return true;
    case "out":
    case "ended":
    case "refused":
      return false;
  }
};
