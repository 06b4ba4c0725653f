/**
 * Being in the call: joining, coming back after a loss, being moved, leaving. It decides what the
 * person sees (`Connection`); the media themselves are LocalMedia's.
 */
import { backoffMs } from "../lib/backoff";
import type { Connection, Ending } from "../lib/connection";
import type { CallToken, Move } from "../lib/model";
import { passesByItself, type Problem, problemOf } from "../lib/problem";
import type { MediaEvents, MediaRoom } from "./livekit";
import { pause } from "./pause";

export type VoiceChannel = {
  /** Also: try again, and take over from another window. */
  join: (roomId: string) => Promise<void>;
  leave: () => Promise<void>;
  /** From one call to another; rejects with a `VoiceError`, and then we stay where we are. */
  switchTo: (roomId: string) => Promise<void>;
  /** Does not wait for the end of the countdown. */
  retryNow: () => void;
};

type Media = Pick<MediaRoom, "connect" | "leave">;

type Needs<M extends Media> = {
  token: (roomId: string) => Promise<CallToken>;
  /** Rejects with a `VoiceError` where that call cannot be taken part in from here. */
  createMedia: (events: ConnectionEvents, way: CallToken, roomId: string) => Promise<M>;
  /** The room that is connected now, and which one of Matrix's it is. */
  onMedia: (media: M | null, roomId: string) => void;
  onMoved: (move: Move) => void;
  onNotMoved: (move: Move, why: Problem) => void;
  report: (connection: Connection) => void;
  now: () => number;
  random: () => number;
};

export type ConnectionEvents = Pick<
  MediaEvents,
  "onReconnecting" | "onReconnected" | "onEnded" | "onMove"
>;

export const createVoiceChannel = <M extends Media>(needs: Needs<M>): VoiceChannel => {
  let media: M | null = null;
  let roomId = "";
  let since = 0;
  /** Ends the attempts that are under way; a new one for each join. */
  let stay = new AbortController();
  let hurry = new AbortController();
  stay.abort();

  const letGo = async () => {
    const old = media;
    media = null;
    needs.onMedia(null, roomId);
    await old?.leave();
  };

  /** Events of a room that is not ours any more say nothing. */
  const eventsOf = (self: () => M | null): ConnectionEvents => {
    const ours = () => media !== null && self() === media;
    return {
      onReconnecting: () => {
        if (ours()) needs.report({ tag: "reconnecting", since });
      },
      onReconnected: () => {
        if (ours()) needs.report({ tag: "in", since });
      },
      onEnded: (why, by) => {
        if (ours()) onEnded(why, by);
      },
      onMove: (move) => {
        if (ours()) void moveTo(move);
      },
    };
  };

  const connect = async (way: CallToken, room: string): Promise<M> => {
    let self: M | null = null;
    const made = await needs.createMedia(
      eventsOf(() => self),
      way,
      room,
    );
    self = made;
    await made.connect(way);
    return made;
  };

  const adopt = (next: M, room: string) => {
    media = next;
    roomId = room;
    needs.onMedia(next, room);
    needs.report({ tag: "in", since });
  };

  const onEnded = (why: Ending | "lost", by?: string) => {
    media = null;
    needs.onMedia(null, roomId);
    if (why !== "lost") {
      stay.abort();
      needs.report({ tag: "ended", why, ...(why === "removed" && by !== undefined && { by }) });
      return;
    }
    const lost: Problem = { code: "UNREACHABLE", detail: "", retryAfterMs: 0 };
    void persist(stay.signal, lost);
  };

  /** Tries until it is in, it is refused, or the person leaves. */
  const persist = async (staying: AbortSignal, after: Problem | null) => {
    let trouble = after;
    for (let attempt = trouble === null ? 0 : 1; !left(staying); attempt += 1) {
      if (trouble !== null) {
        await countdown(attempt, trouble, staying);
        if (left(staying)) return;
      }
      try {
        const made = await connect(await needs.token(roomId), roomId);
        if (left(staying)) {
          await made.leave();
          return;
        }
        if (since === 0) since = needs.now();
        adopt(made, roomId);
        return;
      } catch (error) {
        if (left(staying)) return;
        trouble = problemOf(error);
        if (!passesByItself(trouble)) {
          stay.abort();
          needs.report({ tag: "refused", problem: trouble });
          return;
        }
      }
    }
  };

  /** A function, since the compiler takes a signal for unchanging across an await. */
  const left = (staying: AbortSignal): boolean => staying.aborted;

  const countdown = async (attempt: number, trouble: Problem, staying: AbortSignal) => {
    const wait = backoffMs(attempt, needs.random(), trouble.retryAfterMs);
    const told = { tag: "waiting", attempt, problem: trouble } as const;
    needs.report({ ...told, retryAt: needs.now() + wait });
    hurry = new AbortController();
    await pause(wait, AbortSignal.any([staying, hurry.signal]));
    if (!left(staying)) needs.report({ ...told, retryAt: null });
  };

  /** The new call first, then out of the old one. */
  const goTo = async (way: CallToken, room: string, then: () => void) => {
    const staying = stay.signal;
    const old = media;
    const made = await connect(way, room);
    if (left(staying)) {
      await made.leave();
      return;
    }
    adopt(made, room);
    then();
    await old?.leave();
  };

  const moveTo = async (move: Move) => {
    // If it fails, we stay where we are, which is what the others see too.
    await goTo(move, move.roomId, () => needs.onMoved(move)).catch((error: unknown) =>
      needs.onNotMoved(move, problemOf(error)),
    );
  };

  const join = async (room: string) => {
    if (!stay.signal.aborted) return;
    stay = new AbortController();
    roomId = room;
    since = 0;
    needs.report({ tag: "joining" });
    await persist(stay.signal, null);
  };

  return {
    join,
    leave: async () => {
      stay.abort();
      needs.report({ tag: "out" });
      await letGo();
    },
    switchTo: async (room) => {
      if (media === null) {
        // On the way in, or trying to come back: that is over.
        stay.abort();
        await join(room);
        return;
      }
      if (room === roomId) return;
      const staying = stay.signal;
      const way = await needs.token(room);
      if (!left(staying)) await goTo(way, room, () => undefined);
    },
    retryNow: () => hurry.abort(),
  };
};
