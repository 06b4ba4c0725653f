/** Somebody calls us. Times are ms since the epoch. */
export type Ring = {
  callId: string;
  roomId: string;
  /** The room's. */
  name: string;
  /** Who calls, as they are shown. */
  by: string;
  /** Their user ID, where it is known: the colour of their face. */
  byId?: string;
  startedTs: number;
  expiresTs: number;
};

export type MissedCall = Pick<Ring, "callId" | "roomId" | "name" | "by"> & { at: number };

export type RingNews = { rings?: readonly Ring[]; missed?: readonly MissedCall[] };

type Situation = {
  now: number;
  /** Call IDs that were answered or declined here: the server may need a moment to say so, too. */
  settled: ReadonlySet<string>;
  /** The room whose call we are in. */
  insideOf: string | null;
};

/** The one that rings right now: the latest, as one hears one bell only. */
export const ringing = (rings: readonly Ring[], situation: Situation): Ring | null => {
  const { now, settled, insideOf } = situation;
  const live = rings.filter(
    (ring) => ring.expiresTs > now && !settled.has(ring.callId) && ring.roomId !== insideOf,
  );
  return live.reduce<Ring | null>(
    (latest, ring) => (latest === null || ring.startedTs > latest.startedTs ? ring : latest),
    null,
  );
};

/** What was looked at here: some calls, by their IDs, and all until then, ms since the epoch. */
export type Seen = { seen: ReadonlySet<string>; seenUntil: number };

/** The missed calls that nobody looked at here. */
export const unseen = (
  missed: readonly MissedCall[],
  { seen, seenUntil }: Seen,
): readonly MissedCall[] => missed.filter(({ callId, at }) => at > seenUntil && !seen.has(callId));

/**
 * How many calls were missed in each room since somebody last looked there.
 *
 * @param readAt when the user read the room, on whatever device; 0 if that is not known.
 */
export const missedByRoom = (
  missed: readonly MissedCall[],
  readAt: (roomId: string) => number,
): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const { roomId, at } of missed) {
    if (at <= readAt(roomId)) continue;
    counts.set(roomId, (counts.get(roomId) ?? 0) + 1);
  }
  return counts;
};
