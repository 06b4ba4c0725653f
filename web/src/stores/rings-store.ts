/** Who calls us, and whose calls we missed. Plain data; the host fills it through wiring.ts. */
import { create } from "zustand";
import type { MissedCall, Ring, RingNews, Seen } from "../lib/rings";

type RingsState = Seen & {
  rings: readonly Ring[];
  missed: readonly MissedCall[];
  settled: ReadonlySet<string>;
};

const INITIAL: RingsState = {
  rings: [],
  missed: [],
  settled: new Set(),
  seen: new Set(),
  seenUntil: 0,
};

export const useRingsStore = create<RingsState>(() => INITIAL);

const { setState, getState } = useRingsStore;

export const resetRings = (): void => setState(INITIAL, true);

export const updateRings = (news: RingNews): void => setState(news);

/** Answered or declined here: it does not ring again, whatever the server still says. */
export const settle = (callId: string): void =>
  setState({ settled: new Set([...getState().settled, callId]) });

/** Somebody looks at the room. */
export const seeMissed = (roomId: string): void => {
  const { missed, seen } = getState();
  const here = missed.filter((call) => call.roomId === roomId && !seen.has(call.callId));
  if (here.length > 0) setState({ seen: new Set([...seen, ...here.map(({ callId }) => callId)]) });
};

/** Somebody looks at the list of them. */
export const seeUntil = (at: number): void => {
  if (at > getState().seenUntil) setState({ seenUntil: at });
};
