/**
 * Values written down in IndexedDB, sealed with a key that the browser made and lets no script read
 * (`extractable: false`): what is written down is of no use without this browser, and what looks
 * through storage for tokens finds none. A script in this very page could still have them opened;
 * that is what the content security policy is for.
 */
import { createStore, del, get, set } from "idb-keyval";

const ALGORITHM = "AES-GCM";
const KEY = "key";

type Sealed = { iv: Uint8Array<ArrayBuffer>; data: ArrayBuffer };

const store = () => createStore("haos-voice.account", "kept");

export const putSealed = async (name: string, value: unknown): Promise<void> => {
  const key = await ownKey();
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plain = new TextEncoder().encode(JSON.stringify(value));
  const data = await crypto.subtle.encrypt({ name: ALGORITHM, iv }, key, plain);
  await set(name, { iv, data } satisfies Sealed, store());
};

/** null: there is nothing, or it cannot be opened any more. */
export const getSealed = async (name: string): Promise<unknown> => {
  try {
    const sealed = await get<Sealed>(name, store());
    const key = await get<CryptoKey>(KEY, store());
    if (sealed === undefined || key === undefined) return null;
    const plain = await crypto.subtle.decrypt({ name: ALGORITHM, iv: sealed.iv }, key, sealed.data);
    return JSON.parse(new TextDecoder().decode(plain));
  } catch {
    return null;
  }
};

export const removeSealed = async (name: string): Promise<void> => del(name, store());

/** Without it, what may be left of anything sealed stays closed for ever. */
export const destroyKey = async (): Promise<void> => del(KEY, store());

const ownKey = async (): Promise<CryptoKey> => {
  const kept = await get<CryptoKey>(KEY, store());
  if (kept !== undefined) return kept;
  const made = await crypto.subtle.generateKey({ name: ALGORITHM, length: 256 }, false, [
    "encrypt",
    "decrypt",
  ]);
  await set(KEY, made, store());
  return made;
};
