/**
 * “In voice: Lounge” as one's presence status, and what was there before it again. Only where the
 * bridge does not do it (`shows_status`). What was there is written down: a page may end at any time.
 */
import { type MatrixClient, Method } from "matrix-js-sdk";
import * as v from "valibot";

const KEY = "haos-voice.status";
const KeptSchema = v.object({ userId: v.string(), before: v.string(), shown: v.string() });
const StatusSchema = v.object({ status_msg: v.optional(v.nullable(v.string())) });

export type Status = {
  show: (text: string) => void;
  /** Resolves once it is done, or cannot be. */
  clear: () => Promise<void>;
  /** As the page goes: the request outlives it. */
  clearAtOnce: () => void;
};

type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem">;

export const createStatus = (client: MatrixClient, shelf: Shelf): Status => {
  const userId = client.getSafeUserId();
  const path = `/presence/${encodeURIComponent(userId)}/status`;
  /** One after the other: a call that is left at once must not end with its status shown. */
  let turn = Promise.resolve();
  const then = async (work: () => Promise<void>) => {
    // Presence may be switched off on the server: the call is not worse for it.
    turn = turn.then(work).catch(() => undefined);
    return turn;
  };

  const kept = () => {
    const found = v.safeParse(KeptSchema, JSON.parse(shelf.getItem(KEY) ?? "null"));
    // Another account may have used this browser.
    return found.success && found.output.userId === userId ? found.output : null;
  };
  const current = async () => {
    const answer = await client.http.authedRequest(Method.Get, path);
    const status = v.safeParse(StatusSchema, answer);
    return status.success ? (status.output.status_msg ?? "") : "";
  };
  const set = async (text: string, keepAlive = false) => {
    const content = { presence: "online", status_msg: text };
    await client.http.authedRequest(Method.Put, path, undefined, content, { keepAlive });
  };

  return {
    show: (text) =>
      void then(async () => {
        const before = kept()?.before ?? (await current());
        shelf.setItem(KEY, JSON.stringify({ userId, before, shown: text }));
        await set(text);
      }),
    clear: async () =>
      then(async () => {
        const known = kept();
        if (known === null) return;
        // Whoever set another one meanwhile wants that one.
        if ((await current()) === known.shown) await set(known.before);
        shelf.removeItem(KEY);
      }),
    clearAtOnce: () => {
      const known = kept();
      if (known === null) return;
      shelf.removeItem(KEY);
      set(known.before, true).catch(() => undefined);
    },
  };
};
