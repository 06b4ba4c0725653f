import { useCallback, useEffect, useMemo } from "react";
import { isInside } from "../lib/connection";
import { type MissedCall, type Ring, ringing, unseen } from "../lib/rings";
import { problemOf } from "../lib/problem";
import { seeUntil, settle, useRingsStore } from "../stores/rings-store";
import { notify, useVoiceStore } from "../stores/voice-store";
import { text } from "../strings/en";
import { useEngine } from "./engine-context";
import { useNow } from "./use-now";

type Rings = {
  /** The one that rings right now. */
  ring: Ring | null;
  accept: () => void;
  decline: () => void;
};

/** The incoming call, and what can be done about it; `onAccept` shows its room where there are several. */
export const useRings = (onAccept?: (roomId: string) => void): Rings => {
  const engine = useEngine();
  const rings = useRingsStore((state) => state.rings);
  const settled = useRingsStore((state) => state.settled);
  const inside = useVoiceStore((state) => isInside(state.connection));
  const here = useVoiceStore((state) => state.room?.roomId ?? null);
  const now = useNow(500);
  const ring = ringing(rings, { now, settled, insideOf: inside ? here : null });
  const accept = useCallback(() => {
    if (ring === null) return;
    settle(ring.callId);
    onAccept?.(ring.roomId);
    engine.accept(ring).catch((error: unknown) => {
      const { code, detail } = problemOf(error);
      notify("warning", detail || text.problems[code].title);
    });
  }, [engine, ring, onAccept]);
  const decline = useCallback(() => {
    if (ring === null) return;
    settle(ring.callId);
    // If it cannot be told, it rings out for the others: here it is quiet all the same.
    engine.decline(ring).catch(() => undefined);
  }, [engine, ring]);
  return { ring, accept, decline };
};

/** Whether a call rings, or did so since the page was opened. */
export const useRang = (): boolean =>
  useRingsStore(({ rings, settled }) => rings.length > 0 || settled.size > 0);

export const useMissedCalls = (): readonly MissedCall[] => useRingsStore((state) => state.missed);

/** Those that nobody looked at here: neither in the list, nor in their room. */
export const useUnseenMissed = (): readonly MissedCall[] => {
  const missed = useRingsStore((state) => state.missed);
  const seen = useRingsStore((state) => state.seen);
  const seenUntil = useRingsStore((state) => state.seenUntil);
  return useMemo(() => unseen(missed, { seen, seenUntil }), [missed, seen, seenUntil]);
};

/** The list is on the screen: what is in it, and comes into it, is seen. */
export const useSeeMissed = (missed: readonly MissedCall[]): void => {
  useEffect(() => seeUntil(Math.max(0, ...missed.map(({ at }) => at))), [missed]);
};
