/**
 * The keys of one call, from joining it to leaving it: ours handed out, theirs handed on to the
 * media. It outlives connections, so that who comes back needs no key a second time.
 */
import type { CallMember } from "./members";
import { freshKey, keyContent, nameOf, readKey } from "./message";
import { firstKey, handedTo, type OwnKey, rollOut, USE_AFTER_MS } from "./own-key";
import { NO_KEYS, received, usable, type UsableKey } from "./received";
import type { KeyTransport } from "./transport";

const AGAIN_MS = 3_000;
/** So often, one whose device is not known is tried again. They must not hold up the others. */
const TRIES = 5;

export type KeySession = {
  /**
   * The connection that the keys are for now: all there are, and all that come. With `identity`, we
   * send encrypted under that name, and the others get our key; without, we only listen.
   */
  attach: (sink: (key: UsableKey) => void, identity: string | null) => void;
  end: () => void;
};

type Clock = { now: () => number; later: (work: () => void, ms: number) => () => void };

export const createKeySession = (transport: KeyTransport, clock: Clock): KeySession => {
  let sink: ((key: UsableKey) => void) | null = null;
  let identity: string | null = null;
  let members: readonly CallMember[] = [];
  let theirs = NO_KEYS;
  let own: OwnKey | null = null;
  /** What we encrypt with; the newest key is `own`, which comes into use a little later. */
  let inUse: OwnKey | null = null;
  /** Whether somebody else can open what is sent now. */
  let isHeld = false;
  let ended = false;
  let busy = false;
  let due = false;
  const told = new Map<string, Uint8Array>();
  const waits = new Set<() => void>();

  const wait = async (ms: number) =>
    new Promise<void>((resolve) => {
      const stop = clock.later(() => {
        waits.delete(stop);
        resolve();
      }, ms);
      waits.add(stop);
    });

  const handOn = () => {
    for (const one of usable(theirs, members)) {
      const name = `${one.identity} ${one.index}`;
      if (sink === null || told.get(name) === one.key) continue;
      told.set(name, one.key);
      sink(one);
    }
  };

  const takeUp = (key: OwnKey) => {
    inUse = key;
    if (identity !== null) sink?.({ identity, index: key.index, key: key.key });
  };

  const contentOf = ({ index, key }: OwnKey) => keyContent(transport, index, key, clock.now());

  const tryAgain = async (missed: readonly CallMember[]) => {
    let left = missed;
    for (let tries = 0; tries < TRIES && left.length > 0; tries += 1) {
      await wait(AGAIN_MS);
      if (ended || own === null) return;
      left = left.filter((one) => members.some((member) => nameOf(member) === nameOf(one)));
      if (left.length > 0) left = await transport.send(left, contentOf(own)).catch(() => left);
    }
  };

  /** One round at a time; what changes meanwhile is looked at in the next. */
  const round = async () => {
    if (own === null || identity === null) return;
    const { own: next, to } = rollOut(own, members, clock.now(), freshKey);
    own = next;
    if (to.length > 0) {
      const missed = await transport.send(to, contentOf(next));
      own = handedTo(next, to);
      if (missed.length > 0) void tryAgain(missed);
      isHeld ||= inUse?.index === next.index;
    }
    if (inUse?.index === next.index) return;
    // Nobody misses anything where nobody could open what came before.
    if (isHeld && to.length > 0) await wait(USE_AFTER_MS);
    isHeld = to.length > 0;
    takeUp(own);
  };

  const distribute = () => {
    if (ended) return;
    due = true;
    if (busy) return;
    busy = true;
    void (async () => {
      while (isDue()) {
        due = false;
        try {
          await round();
        } catch {
          // Who did not get it is still lacking it.
          await wait(AGAIN_MS);
          due = true;
        }
      }
      busy = false;
    })();
  };
  /** A function, since the compiler takes what it saw for unchanging across an await. */
  const isDue = (): boolean => due && !ended;

  const stopKeys = transport.onKey((sender, content) => {
    const key = readKey(sender, content, transport.roomId, clock.now());
    if (key === null) return;
    theirs = received(theirs, key, members);
    handOn();
  });
  const stopMembers = transport.onMembers((next) => {
    members = next;
    handOn();
    distribute();
  });

  return {
    attach: (to, name) => {
      sink = to;
      identity = name;
      told.clear();
      handOn();
      if (name === null) return;
      own ??= firstKey(freshKey(), clock.now());
      takeUp(inUse ?? own);
      distribute();
    },
    end: () => {
      ended = true;
      sink = null;
      stopKeys();
      stopMembers();
      waits.forEach((stop) => stop());
    },
  };
};
