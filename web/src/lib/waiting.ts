/** Whose key we lack: they send something that we cannot open, and have for a few seconds. */

/** Keys need a moment; nobody is to be told of that. */
const PATIENCE_MS = 3_000;
/** What LiveKit's worker says of a frame whose key it does not have. */
const MISSING = /missing key at index (\d+)/u;

export type Waiting = {
  /** A key came. */
  has: (identity: string, index: number) => void;
  /** Something could not be opened. */
  failed: (identity: string, message: string) => void;
  /** Given who sends encrypted now: whose key is waited for, if that changed. */
  look: (senders: ReadonlySet<string>, now: number) => ReadonlySet<string> | null;
};

export const createWaiting = (): Waiting => {
  const known = new Map<string, Set<number>>();
  /** The index that is missing; "wrong": a key is there, and does not fit. */
  const trouble = new Map<string, number | "wrong">();
  const since = new Map<string, number>();
  let told: ReadonlySet<string> = new Set();

  const lacks = (identity: string): boolean => {
    const keys = known.get(identity);
    if (keys === undefined) return true;
    const what = trouble.get(identity);
    // The word of a missing key may come after the key.
    return what === "wrong" || (what !== undefined && !keys.has(what));
  };

  return {
    has: (identity, index) => {
      known.set(identity, (known.get(identity) ?? new Set()).add(index));
      if (trouble.get(identity) === "wrong") trouble.delete(identity);
    },
    failed: (identity, message) => {
      const index = MISSING.exec(message)?.[1];
      trouble.set(identity, index === undefined ? "wrong" : Number(index));
    },
    look: (senders, now) => {
      for (const identity of since.keys()) if (!senders.has(identity)) since.delete(identity);
      for (const identity of senders)
        if (!lacks(identity)) since.delete(identity);
        else if (!since.has(identity)) since.set(identity, now);
      const waited = [...since].filter(([, from]) => now - from >= PATIENCE_MS);
      const next = new Set(waited.map(([identity]) => identity));
      const isSame = next.size === told.size && [...next].every((identity) => told.has(identity));
      if (isSame) return null;
      told = next;
      return next;
    },
  };
};
