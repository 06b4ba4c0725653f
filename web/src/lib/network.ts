/** Figures of a connection, from two looks at WebRTC's counters. */
export type Counters = {
  at: number;
  packets: number;
  lost: number;
  bytes: number;
  /** Seconds. */
  jitter: number | null;
  /** Seconds. */
  roundTrip: number | null;
};

export type NetworkFigures = {
  /** 0 to 1. */
  loss: number;
  bitsPerSecond: number;
  jitterMs: number | null;
  roundTripMs: number | null;
};

const ms = (seconds: number | null): number | null =>
  seconds === null ? null : Math.round(seconds * 1000);

export const figures = (before: Counters | null, after: Counters): NetworkFigures => {
  const base = before ?? {
    at: after.at,
    packets: after.packets,
    lost: after.lost,
    bytes: after.bytes,
  };
  // Counters start anew when a track is published again.
  const packets = Math.max(0, after.packets - base.packets);
  const lost = Math.max(0, after.lost - base.lost);
  const bytes = Math.max(0, after.bytes - base.bytes);
  const seconds = (after.at - base.at) / 1000;
  return {
    loss: packets + lost > 0 ? lost / (packets + lost) : 0,
    bitsPerSecond: seconds > 0 ? Math.round((bytes * 8) / seconds) : 0,
    jitterMs: ms(after.jitter),
    roundTripMs: ms(after.roundTrip),
  };
};
