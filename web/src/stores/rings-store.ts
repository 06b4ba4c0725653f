/** Who calls us, and whose calls we missed. Plain data; the host fills it through wiring.ts. */
import { create } from "zustand";
import type { MissedCall, Ring, RingNews } from "../lib/rings";

type RingsState = {
  rings: readonly Ring[];
  missed: readonly MissedCall[];
  settled: ReadonlySet<string>;
  /** Call IDs of missed calls that were looked at here. */
  seen: ReadonlySet<string>;
  /** The list of missed calls was looked at: those until then are no news, ms since the epoch. */
  seenUntil: number;
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

export const seeUntil = (at: number): void => {
  if (at > getState().seenUntil) setState({ seenUntil: at });
};
