// @vitest-environment node
import { describe, expect, it, vi } from "vitest";
import { problem, problemOf, VoiceError } from "../src/lib/problem";
import { sealOfCall } from "../src/lib/seal";
import { createWaiting } from "../src/lib/waiting";
import { createKeyChain } from "../src/services/key-chain";
import type { KeyTransport } from "../src/services/matrixrtc/keys/transport";
import { view } from "./views";

vi.mock("../src/services/livekit-seal", () => ({
  createSeal: (sealing: { sends: boolean }) => ({ ...sealing, options: {} }),
}));

describe("what a call is called", () => {
  it("is what the least of those in it do", () => {
    const ana = view("ana", { media: "sealed" });
    expect(sealOfCall({ sends: true }, [ana, view("ben", { media: "waiting" })])).toBe("sealed");
    expect(sealOfCall({ sends: true }, [ana, view("ben")])).toBe("sealed");
    expect(sealOfCall({ sends: true }, [ana, view("ben", { media: "open" })])).toBe("partly");
    expect(sealOfCall({ sends: false }, [ana])).toBe("open");
    expect(sealOfCall(null, [])).toBe("open");
  });
});

describe("whose key is waited for", () => {
  const ana = new Set(["ana"]);

  it("is told after a few seconds, and once it changes", () => {
    const waiting = createWaiting();
    expect(waiting.look(ana, 0)).toBeNull();
    expect(waiting.look(ana, 2_999)).toBeNull();
    expect(waiting.look(ana, 3_000)).toEqual(ana);
    expect(waiting.look(ana, 4_000)).toBeNull();
    waiting.has("ana", 0);
    expect(waiting.look(ana, 4_500)).toEqual(new Set());
  });

  it("is nobody's who sends nothing that is encrypted", () => {
    const waiting = createWaiting();
    waiting.look(ana, 0);
    expect(waiting.look(new Set(), 3_000)).toBeNull();
    expect(waiting.look(ana, 3_500)).toBeNull();
  });

  it("may be another key than the one that is there", () => {
    const waiting = createWaiting();
    waiting.has("ana", 0);
    waiting.failed("ana", "MissingKey: missing key at index 1 for participant ana");
    waiting.look(ana, 0);
    expect(waiting.look(ana, 3_000)).toEqual(ana);
    waiting.has("ana", 1);
    expect(waiting.look(ana, 3_500)).toEqual(new Set());
    // Word that comes after the key is no news.
    waiting.failed("ana", "MissingKey: missing key at index 1 for participant ana");
    waiting.look(ana, 4_000);
    expect(waiting.look(ana, 9_000)).toBeNull();
  });

  it("may be the right one, where a wrong one is there", () => {
    const waiting = createWaiting();
    waiting.has("ana", 0);
    waiting.failed("ana", "InvalidKey: valid key missing for participant ana");
    waiting.look(ana, 0);
    expect(waiting.look(ana, 3_000)).toEqual(ana);
    waiting.has("ana", 0);
    expect(waiting.look(ana, 3_100)).toEqual(new Set());
  });
});

describe("the way into an encrypted call", () => {
  const WAY = { url: "ws://sfu", jwt: "j", identity: "@me:hs:D", callId: "", encrypts: true };
  const CLEAR = { ...WAY, encrypts: false };

  const transport = (encrypts: boolean): KeyTransport => ({
    roomId: "!r",
    userId: "@me:hs",
    deviceId: "D",
    encrypts: () => encrypts,
    send: async () => Promise.resolve([]),
    onKey: () => () => undefined,
    onMembers: () => () => undefined,
  });

  const chain = (keys: KeyTransport | null | "never", browserCan = true) => {
    const asked: boolean[] = [];
    const host = {
      token: async (_: string, canEncrypt: boolean) => {
        asked.push(canEncrypt);
        if (!canEncrypt) throw new VoiceError(problem("ENCRYPTED", "the bridge's words"));
        return Promise.resolve(WAY);
      },
      ...(keys !== "never" && { keys: async () => Promise.resolve(keys) }),
    };
    return { chain: createKeyChain(host, () => browserCan), asked };
  };
  const code = async (work: Promise<unknown>) =>
    problemOf(await work.catch((error: unknown) => error)).code;

  it("is asked for with keys, and connects with them", async () => {
    const { chain: keys, asked } = chain(transport(true));
    expect(await keys.token("!r")).toBe(WAY);
    expect(asked).toEqual([true]);
    expect(await keys.seal(WAY, "!r")).toMatchObject({ sends: true });
  });

  it("is refused for what can be done about it", async () => {
    expect(await code(chain("never").chain.token("!r"))).toBe("ENCRYPTED");
    expect(await code(chain(null).chain.token("!r"))).toBe("KEYS_REFUSED");
    const old = chain(transport(true), false);
    expect(await code(old.chain.token("!r"))).toBe("CANNOT_ENCRYPT");
    expect(old.asked).toEqual([false]);
  });

  it("never becomes one in clear: a moderator's move, either", async () => {
    expect(await code(chain(null).chain.seal(WAY, "!r"))).toBe("KEYS_REFUSED");
    expect(await code(chain("never").chain.seal(WAY, "!r"))).toBe("ENCRYPTED");
    expect(await chain(null).chain.seal(CLEAR, "!r")).toBeNull();
  });

  it("is encrypted where the room says so, whatever the bridge says", async () => {
    expect(await chain(transport(true)).chain.seal(CLEAR, "!r")).toMatchObject({ sends: true });
    // Switched off by the room: in clear, and what others encrypt is opened all the same.
    expect(await chain(transport(false)).chain.seal(CLEAR, "!r")).toMatchObject({ sends: false });
  });
});
