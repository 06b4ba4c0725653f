/** Notices what a person cannot: that they talk while muted, and that their microphone is dead. */
export type Watch = {
  /** When the sound that is going on began; null if it is quiet. */
  loudSince: number | null;
  lastLoudAt: number;
  /** When the total silence that is going on began; null if there is none. */
  deadSince: number | null;
  talkingWhileMuted: boolean;
  dead: boolean;
};

export const WATCH: Watch = {
  loudSince: null,
  lastLoudAt: 0,
  deadSince: null,
  talkingWhileMuted: false,
  dead: false,
};

const LOUD_DB = -42;
/** A live microphone always has noise; one that is switched off or broken gives zeros. */
const DEAD_DB = -95;
const TALKING_AFTER_MS = 500;
/** Words have gaps between them. */
const GAP_MS = 300;
const TOLD_FOR_MS = 3000;
const DEAD_AFTER_MS = 8000;

export type Heard = { db: number; muted: boolean; now: number };

export const watch = (before: Watch, { db, muted, now }: Heard): Watch => {
  const loud = db > LOUD_DB;
  const goesOn = before.loudSince !== null && now - before.lastLoudAt <= GAP_MS;
  const loudSince = loud ? (goesOn ? before.loudSince : now) : goesOn ? before.loudSince : null;
  const lastLoudAt = loud ? now : before.lastLoudAt;
  const talking = loudSince !== null && now - loudSince >= TALKING_AFTER_MS;
  const told = before.talkingWhileMuted && now - lastLoudAt < TOLD_FOR_MS;

  const deadSince = db <= DEAD_DB ? (before.deadSince ?? now) : null;
  return {
    loudSince,
    lastLoudAt,
    deadSince,
    talkingWhileMuted: muted && (talking || told),
    dead: deadSince !== null && now - deadSince >= DEAD_AFTER_MS,
  };
};
