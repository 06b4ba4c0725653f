/**
 * Push to talk. Open while the key is down and for the release delay after it; whatever makes the
 * key-up uncertain (another window, a hidden page) closes at once: an open microphone that nobody
 * knows of is the worst that can happen here.
 */
export type PushToTalk = { tag: "closed" } | { tag: "held" } | { tag: "closing"; at: number };

export type PushEvent = "down" | "up" | "lost" | "tick";

export const CLOSED: PushToTalk = { tag: "closed" };

export const push = (
  state: PushToTalk,
  event: PushEvent,
  now: number,
  releaseMs: number,
): PushToTalk => {
  switch (event) {
    case "down":
      return { tag: "held" };
    case "lost":
      return CLOSED;
    case "up":
      if (state.tag !== "held") return state;
      return releaseMs > 0 ? { tag: "closing", at: now + releaseMs } : CLOSED;
    case "tick":
      return state.tag === "closing" && now >= state.at ? CLOSED : state;
  }
};
