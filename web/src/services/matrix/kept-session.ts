/**
 * The session of a login, kept over reloads. It is sealed with a key that the browser made and lets
 * no script read (`extractable: false`), both in IndexedDB: what is written down is of no use
 * without this browser, and what looks through storage for tokens finds none. A script in this very
 * page could still use it; that is what the content security policy is for.
 */
import { createStore, del, get, set } from "idb-keyval";
import * as v from "valibot";
import { ACCOUNT_MARK } from "../../lib/route";

const SessionSchema = v.object({
  homeserver: v.string(),
  userId: v.string(),
  deviceId: v.string(),
  accessToken: v.string(),
  refreshToken: v.optional(v.string()),
  /** Of a login by OAuth: as whom this page is registered with the homeserver. */
  oauthClientId: v.optional(v.string()),
});

export type MatrixSession = v.InferOutput<typeof SessionSchema>;

const ALGORITHM = "AES-GCM";

type Sealed = { iv: Uint8Array<ArrayBuffer>; data: ArrayBuffer };

const store = () => createStore("haos-voice.account", "kept");

export const keepSession = async (session: MatrixSession): Promise<void> => {
  const key = await ownKey();
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plain = new TextEncoder().encode(JSON.stringify(session));
  const data = await crypto.subtle.encrypt({ name: ALGORITHM, iv }, key, plain);
  await set("session", { iv, data } satisfies Sealed, store());
  localStorage.setItem(ACCOUNT_MARK, "1");
};

/** null: nobody is logged in, or what is there cannot be read any more. */
export const keptSession = async (): Promise<MatrixSession | null> => {
  try {
    const sealed = await get<Sealed>("session", store());
    const key = await get<CryptoKey>("key", store());
    if (sealed === undefined || key === undefined) return null;
    const plain = await crypto.subtle.decrypt({ name: ALGORITHM, iv: sealed.iv }, key, sealed.data);
    return v.parse(SessionSchema, JSON.parse(new TextDecoder().decode(plain)));
  } catch {
    return null;
  }
};

export const forgetSession = async (): Promise<void> => {
  localStorage.removeItem(ACCOUNT_MARK);
  await del("session", store());
  await del("key", store());
};

const ownKey = async (): Promise<CryptoKey> => {
  const kept = await get<CryptoKey>("key", store());
  if (kept !== undefined) return kept;
  const made = await crypto.subtle.generateKey({ name: ALGORITHM, length: 256 }, false, [
    "encrypt",
    "decrypt",
  ]);
  await set("key", made, store());
  return made;
};
