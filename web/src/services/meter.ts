/** Looks sixteen times a second at who is loud, and tells only what changed. */
import { hear, QUIET, type Speaking } from "../lib/speaking";
import { type Watch, WATCH, watch } from "../lib/microphone-watch";

const EVERY_MS = 60;

type Needs = {
  /** The others, dBFS by identity. */
  others: () => ReadonlyMap<string, number>;
  /** Oneself: what the microphone hears, and what of it is sent. */
  own: () => { identity: string; db: number; live: boolean; muted: boolean; sends: boolean };
  onSpeaking: (identities: ReadonlySet<string>) => void;
  onWatch: (watch: Pick<Watch, "talkingWhileMuted" | "dead">) => void;
  now: () => number;
};

export const startMeter = (needs: Needs): (() => void) => {
  const people = new Map<string, Speaking>();
  let own = WATCH;
  let told = "";

  const look = () => {
    const now = needs.now();
    const levels = new Map(needs.others());
    const me = needs.own();
    if (me.sends) levels.set(me.identity, me.db);
    for (const identity of people.keys()) if (!levels.has(identity)) people.delete(identity);
    for (const [identity, db] of levels)
      people.set(identity, hear(people.get(identity) ?? QUIET, db, now));
    const speaking = [...people].filter(([, { on }]) => on).map(([identity]) => identity);
    const text = speaking.join("\n");
    if (text !== told) {
      told = text;
      needs.onSpeaking(new Set(speaking));
    }
    const before = own;
    own = me.live ? watch(own, { db: me.db, muted: me.muted, now }) : WATCH;
    if (own.talkingWhileMuted !== before.talkingWhileMuted || own.dead !== before.dead)
      needs.onWatch(own);
  };

  const timer = setInterval(look, EVERY_MS);
  return () => {
    clearInterval(timer);
    needs.onSpeaking(new Set());
    needs.onWatch(WATCH);
  };
};
