/**
 * Our own device's membership in the room's call: published once we are connected, kept fresh, and
 * gone when we are. A leave is scheduled with the homeserver before anything is published (MSC4140),
 * so that a browser that crashes leaves no ghost: we put it off while we live, and hand it over to
 * the token service, which sees on the media server when we are gone.
 */
import { CALL_MEMBER, type Device, membershipContent, stateKeyOf } from "./content";
import type { Delegate } from "./delegate";
import type { RtcPort } from "./port";

/** A browser that died is gone this long after, wherever nobody sees it sooner. */
const DELAY_MS = 18_000;
const RESTART_MS = 6_000;
const EXPIRES_MS = 4 * 3_600_000;
/** Where the homeserver has no delayed events, ghosts must end by themselves. */
const UNGUARDED_EXPIRES_MS = 15 * 60_000;
/** What part of its time a membership has behind it when it is renewed. */
const REFRESH_AT = 0.8;
const AGAIN_MS = 60_000;
/** Our own writes come back in order; a moment later it is known what holds. */
const SETTLE_MS = 1_000;
const REPUBLISH_MS = 5_000;

export type OwnMembership = {
  /** The connection stands; or it does still, and the camera changed. */
  enter: (video: boolean) => Promise<void>;
  /** `taken`: the same device is in the call by another program, which speaks for it now. */
  leave: (taken?: boolean) => Promise<void>;
  /** What the room says of our own membership. */
  seen: (event: { content: unknown; sentAt: number }) => void;
  /** Takes away what an earlier life of this device left in the room. */
  sweep: () => Promise<void>;
};

type Needs = {
  port: RtcPort;
  /** Where tokens come from, byte for byte as it is advertised; null: not known. */
  serviceUrl: () => Promise<string | null>;
  delegate: Delegate;
  /** Why nobody is told that we are here; null: they are. */
  onUnseen?: (why: "transport" | "refused" | null) => void;
  now: () => number;
};

type Guard = { delayId: string; restartedAt: number };

export const createOwnMembership = (needs: Needs): OwnMembership => {
  const { port, serviceUrl, delegate, now } = needs;
  const device: Device = port;
  const key = stateKeyOf(device);
  let inside = false;
  let video = false;
  let attempted = false;
  let url: string | null = null;
  let joinedTs: number | null = null;
  let term = 0;
  let guard: Guard | null = null;
  let isEmpty = true;
  let enteredAt = 0;
  let restarts: ReturnType<typeof setInterval> | undefined;
  let renewal: ReturnType<typeof setTimeout> | undefined;
  let comeback: ReturnType<typeof setTimeout> | undefined;
  let turn = Promise.resolve();

  /** One after the other: a leave must not overtake the entry before it. */
  const inTurn = async (work: () => Promise<void>): Promise<void> => {
    turn = turn.then(work).catch(() => undefined);
    return turn;
  };

  const arm = async () => {
    const before = guard;
    try {
      const delayId = await port.sendDelayedState(CALL_MEMBER, key, {}, DELAY_MS);
      guard = { delayId, restartedAt: now() };
    } catch {
      guard = null;
    }
    if (before !== null) await port.updateDelayed(before.delayId, "cancel").catch(() => undefined);
  };

  const disarm = async () => {
    const before = guard;
    guard = null;
    if (before !== null) await port.updateDelayed(before.delayId, "cancel").catch(() => undefined);
  };

  const publish = async () => {
    if (url === null) return;
    attempted = true;
    const each = guard === null ? UNGUARDED_EXPIRES_MS : EXPIRES_MS;
    // It counts from when we joined, so each renewal adds to it.
    const expiresMs = each * term;
    const content = membershipContent(device, {
      serviceUrl: url,
      video,
      expiresMs,
      createdTs: joinedTs,
    });
    await port.sendState(CALL_MEMBER, key, content);
    isEmpty = false;
    joinedTs ??= now();
    clearTimeout(renewal);
    renewal = setTimeout(renew, joinedTs + each * (term - 1 + REFRESH_AT) - now());
  };

  const renew = () =>
    void inTurn(async () => {
      if (!inside) return;
      term += 1;
      await publish().catch(tryAgain);
    });

  const tryAgain = () => {
    clearTimeout(renewal);
    if (inside) renewal = setTimeout(() => void enter(), AGAIN_MS);
  };

  const enter = async () =>
    inTurn(async () => {
      if (!inside) return;
      url ??= await serviceUrl();
      if (url === null) {
        needs.onUnseen?.("transport");
        return;
      }
      enteredAt = now();
      await arm();
      // Time passes also for a membership that comes back.
      const each = guard === null ? UNGUARDED_EXPIRES_MS : EXPIRES_MS;
      term = joinedTs === null ? 1 : Math.floor((now() - joinedTs) / each) + 1;
      try {
        await publish();
      } catch {
        needs.onUnseen?.("refused");
        await disarm();
        tryAgain();
        return;
      }
      needs.onUnseen?.(null);
      keepPuttingOff();
      void handOver(guard, url);
    });

  const keepPuttingOff = () => {
    clearInterval(restarts);
    if (guard !== null) restarts = setInterval(() => void inTurn(putOff), RESTART_MS);
  };

  const putOff = async () => {
    const mine = guard;
    if (mine === null || !inside) return;
    try {
      await port.updateDelayed(mine.delayId, "restart");
      mine.restartedAt = now();
    } catch {
      // By now the homeserver has sent it.
      if (now() - mine.restartedAt > DELAY_MS) void enter();
    }
  };

  /** Not in turn: the person may be asked first, and until then we go on by ourselves. */
  const handOver = async (mine: Guard | null, to: string) => {
    if (mine === null) return;
    try {
      await delegate(to, mine.delayId, DELAY_MS);
      if (guard === mine) clearInterval(restarts);
    } catch {
      // Whoever cannot take it over leaves it with us.
    }
  };

  const stopTimers = () => {
    clearInterval(restarts);
    clearTimeout(renewal);
    clearTimeout(comeback);
  };

  return {
    enter: async (withVideo) => {
      const changed = withVideo !== video;
      video = withVideo;
      if (!inside) {
        inside = true;
        await enter();
      } else if (changed) {
        await inTurn(async () => {
          if (inside && attempted) await publish();
        });
      }
    },
    leave: async (taken = false) => {
      inside = false;
      stopTimers();
      await inTurn(async () => {
        const last = guard;
        guard = null;
        joinedTs = null;
        if (!attempted) return;
        attempted = false;
        if (taken) {
          if (last !== null)
            await port.updateDelayed(last.delayId, "cancel").catch(() => undefined);
          return;
        }
        try {
          if (last === null) throw new Error("nothing is scheduled");
          await port.updateDelayed(last.delayId, "send");
        } catch {
          await port.sendState(CALL_MEMBER, key, {});
        }
      });
    },
    seen: ({ content, sentAt }) => {
      isEmpty = isNothing(content);
      if (!isEmpty && !hasCreation(content) && inside) joinedTs = sentAt;
      if (!isEmpty || !inside || !attempted) return;
      clearTimeout(comeback);
      const wait = Math.max(SETTLE_MS, enteredAt + REPUBLISH_MS - now());
      comeback = setTimeout(() => {
        if (isEmpty && inside) void enter();
      }, wait);
    },
    sweep: async () =>
      inTurn(async () => {
        if (!inside) await port.sendState(CALL_MEMBER, key, {});
      }),
  };
};

const isNothing = (content: unknown): boolean =>
  typeof content !== "object" || content === null || Object.keys(content).length === 0;

const hasCreation = (content: unknown): boolean =>
  typeof content === "object" && content !== null && "created_ts" in content;
