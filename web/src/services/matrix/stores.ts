/** What the SDK keeps in the browser of one account: rooms and messages, and the keys of messages. */
import { createClient, IndexedDBStore } from "matrix-js-sdk";
import { quietLogger } from "./logger";

export const DATABASE = "haos-voice";
const KEY_BYTES = 32;

export const openStore = (): IndexedDBStore =>
  new IndexedDBStore({ indexedDB, localStorage, dbName: DATABASE });

/** For `storeKey` of a session: a new one. */
export const newStoreKey = (): string =>
  btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(KEY_BYTES))));

export const storeKeyBytes = (key: string): Uint8Array =>
  Uint8Array.from(atob(key), (character) => character.charCodeAt(0));

/** Deletes all of it, whoever's it is. No client may be running. */
export const clearStores = async (): Promise<void> => {
  const client = createClient({ baseUrl: "https://", store: openStore(), logger: quietLogger });
  await client.clearStores({ cryptoDatabasePrefix: DATABASE }).catch(() => undefined);
};
