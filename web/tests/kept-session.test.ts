import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { beforeEach, describe, expect, it } from "vitest";
import { ACCOUNT_MARK } from "../src/lib/route";
import {
  forgetSession,
  keepSession,
  keptSession,
  lapsedSession,
  lapseSession,
} from "../src/services/matrix/kept-session";
import { getSealed, putSealed } from "../src/services/matrix/sealed-shelf";

const SESSION = {
  homeserver: "https://hs",
  userId: "@ana:hs",
  deviceId: "DEV",
  accessToken: "syt_secret",
  refreshToken: "syr_secret",
  storeKey: "a2V5",
};

const kept = async (): Promise<Map<string, unknown>> =>
  new Promise((resolve) => {
    const opened = indexedDB.open("haos-voice.account");
    opened.onsuccess = () => {
      const store = opened.result.transaction("kept").objectStore("kept");
      const found = new Map<string, unknown>();
      store.openCursor().onsuccess = ({ target }) => {
        const cursor = (target as IDBRequest<IDBCursorWithValue | null>).result;
        if (cursor === null) resolve(found);
        else {
          found.set(cursor.key as string, cursor.value);
          cursor.continue();
        }
      };
    };
  });

beforeEach(() => {
  indexedDB = new IDBFactory();
  localStorage.clear();
});

describe("the session that is kept", () => {
  it("comes back whole, and is sealed with a key that nobody can take along", async () => {
    expect(await keptSession()).toBeNull();
    await keepSession(SESSION);
    expect(await keptSession()).toEqual(SESSION);
    const written = await kept();
    expect((written.get("key") as CryptoKey).extractable).toBe(false);
    const { data } = written.get("session") as { data: ArrayBuffer };
    expect(new TextDecoder().decode(data)).not.toContain("secret");
    expect(JSON.stringify(localStorage)).not.toContain("secret");
  });

  it("that lapsed has no token, and is what the next login takes the place of", async () => {
    await keepSession(SESSION);
    await lapseSession(SESSION);
    expect(await keptSession()).toBeNull();
    expect(await lapsedSession()).toEqual({
      homeserver: "https://hs",
      userId: "@ana:hs",
      deviceId: "DEV",
      storeKey: "a2V5",
    });
    await keepSession(SESSION);
    expect(await lapsedSession()).toBeNull();
  });

  it("leaves nothing behind, not even what would open it", async () => {
    await keepSession(SESSION);
    await lapseSession(SESSION);
    await forgetSession();
    expect((await kept()).size).toBe(0);
    expect(localStorage.getItem(ACCOUNT_MARK)).toBeNull();
  });

  it("of another shape, or that cannot be opened any more, is none", async () => {
    await putSealed("session", { userId: "@ana:hs" });
    expect(await keptSession()).toBeNull();
    await keepSession(SESSION);
    const whole = await kept();
    indexedDB = new IDBFactory();
    await putSealed("other", 1); // another key
    const opened = indexedDB.open("haos-voice.account");
    await new Promise((resolve) => {
      opened.onsuccess = resolve;
    });
    const writing = opened.result.transaction("kept", "readwrite").objectStore("kept");
    writing.put(whole.get("session"), "session");
    expect(await getSealed("other")).toBe(1);
    expect(await keptSession()).toBeNull();
  });
});
