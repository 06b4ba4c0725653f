// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fromBase64, toBase64 } from "../src/services/matrixrtc/keys/base64";
import { type CallMember, callMembers, mayBeInRoom } from "../src/services/matrixrtc/keys/members";
import { freshKey, keyContent, readKey } from "../src/services/matrixrtc/keys/message";
import { firstKey, GRACE_MS, handedTo, rollOut } from "../src/services/matrixrtc/keys/own-key";
import { NO_KEYS, received, usable, type UsableKey } from "../src/services/matrixrtc/keys/received";
import { createKeySession } from "../src/services/matrixrtc/keys/session";
import { hashOf } from "../src/services/matrixrtc/hash";

const ROOM = "!r:hs";
const ME = { roomId: ROOM, userId: "@me:hs", deviceId: "MINE" };
const NOW = 1_790_000_000_000;

const member = (userId: string, deviceId = "DEV", stay = "1"): CallMember => ({
  userId,
  deviceId,
  stay,
  identities: [`${userId}:${deviceId}`],
});
const ANA = member("@ana:hs");
const BEN = member("@ben:hs");
const bytes = (fill: number, length = 16) => new Uint8Array(length).fill(fill);

/** As matrix-js-sdk 43 writes it. */
const theirs = (change: Record<string, unknown> = {}) => ({
  keys: { index: 3, key: toBase64(bytes(7)) },
  room_id: ROOM,
  member: { id: "0f5b", claimed_device_id: "DEV" },
  session: { application: "m.call", call_id: "", scope: "m.room" },
  sent_ts: NOW,
  ...change,
});

describe("a key's message", () => {
  it("is what Element Call reads, and is read back", () => {
    const content = keyContent(ME, 5, bytes(1), NOW);
    expect(content).toEqual({
      keys: { index: 5, key: "AQEBAQEBAQEBAQEBAQEBAQ" },
      room_id: ROOM,
      member: { id: "@me:hs:MINE", claimed_device_id: "MINE" },
      session: { application: "m.call", call_id: "", scope: "m.room" },
      sent_ts: NOW,
    });
    expect(readKey(ME.userId, content, ROOM, 0)).toEqual({
      owner: { userId: ME.userId, deviceId: "MINE" },
      index: 5,
      key: bytes(1),
      sentAt: NOW,
    });
  });

  it("of Element Call is read; who sent it is the sender, whatever it says", () => {
    const key = readKey("@ana:hs", theirs({ member: { claimed_device_id: "D" } }), ROOM, 0);
    expect(key?.owner).toEqual({ userId: "@ana:hs", deviceId: "D" });
    expect(readKey("@ana:hs", theirs({ sent_ts: undefined }), ROOM, 42)?.sentAt).toBe(42);
  });

  it.each([
    ["another room", { room_id: "!other:hs" }],
    ["no room", { room_id: undefined }],
    ["no device", { member: { id: "x" } }],
    ["an empty device", { member: { claimed_device_id: "" } }],
    ["no key", { keys: { index: 0 } }],
    ["a key that is no base64", { keys: { index: 0, key: "§§§" } }],
    ["a short key", { keys: { index: 0, key: toBase64(bytes(1, 15)) } }],
    ["an index as text", { keys: { index: "0", key: toBase64(bytes(1)) } }],
    ["an index beyond the ring", { keys: { index: 256, key: toBase64(bytes(1)) } }],
    ["a negative index", { keys: { index: -1, key: toBase64(bytes(1)) } }],
    ["half an index", { keys: { index: 0.5, key: toBase64(bytes(1)) } }],
  ])("with %s is none", (_, change) => {
    expect(readKey("@ana:hs", theirs(change), ROOM, 0)).toBeNull();
  });

  it.each([null, "text", 3, []])("that is %j is none", (content) => {
    expect(readKey("@ana:hs", content, ROOM, 0)).toBeNull();
  });

  it("may have padding or the alphabet of URLs", () => {
    expect(fromBase64("AQ==")).toEqual(bytes(1, 1));
    expect(fromBase64("-_8")).toEqual(new Uint8Array([251, 255]));
    expect(toBase64(new Uint8Array([251, 255]))).toBe("+/8");
  });

  it("has a new key each time", () => {
    expect(freshKey()).toHaveLength(16);
    expect(freshKey()).not.toEqual(freshKey());
  });
});

describe("our own key", () => {
  const make = () => bytes(9);
  const own = firstKey(bytes(1), NOW);
  const held = handedTo(own, [ANA, BEN]);
  const old = NOW + GRACE_MS;

  it("goes to who is there, and to nobody twice", () => {
    expect(rollOut(own, [ANA, BEN], NOW, make)).toEqual({ own, to: [ANA, BEN] });
    expect(rollOut(held, [BEN, ANA], old, make)).toEqual({ own: held, to: [] });
    expect(rollOut(own, [], old, make)).toEqual({ own, to: [] });
  });

  it("is another once somebody left, for all who stay, however young it is", () => {
    const next = rollOut(held, [BEN], NOW + 1, make);
    expect(next.own).toMatchObject({ index: 1, key: bytes(9), madeAt: NOW + 1 });
    expect(next.own.holders.size).toBe(0);
    expect(next.to).toEqual([BEN]);
    expect(rollOut(held, [], NOW + 1, make)).toMatchObject({ own: { index: 1 }, to: [] });
  });

  it("is given to who joins while it is young, and is another after that", () => {
    const cleo = member("@cleo:hs");
    const young = rollOut(held, [ANA, BEN, cleo], old - 1, make);
    expect(young).toEqual({ own: held, to: [cleo] });
    const later = rollOut(held, [ANA, BEN, cleo], old, make);
    expect(later.own).toMatchObject({ index: 1, madeAt: old });
    expect(later.to).toEqual([ANA, BEN, cleo]);
  });

  it("is another when one leaves as another joins", () => {
    const cleo = member("@cleo:hs");
    expect(rollOut(held, [ANA, cleo], NOW + 1, make)).toMatchObject({
      own: { index: 1 },
      to: [ANA, cleo],
    });
  });

  it("goes again to who came anew, and to another device of the same user", () => {
    const anew = { ...ANA, stay: "2" };
    expect(rollOut(held, [anew, BEN], NOW + 1, make)).toEqual({ own: held, to: [anew] });
    const phone = member("@ana:hs", "PHONE");
    expect(rollOut(held, [ANA, phone, BEN], NOW + 1, make).to).toEqual([phone]);
    expect(rollOut(handedTo(held, [anew]), [anew, BEN], NOW + 1, make).to).toEqual([]);
  });

  it("that was for one who waits alone is another for who joins late", () => {
    expect(rollOut(own, [ANA], old, make)).toMatchObject({ own: { index: 1 }, to: [ANA] });
  });

  it("begins again after 255", () => {
    const last = handedTo({ ...own, index: 255 }, [ANA]);
    expect(rollOut(last, [], NOW, make).own.index).toBe(0);
  });
});

describe("their keys", () => {
  const key = (fill: number, sentAt = NOW, index = 0, userId = "@ana:hs", deviceId = "DEV") => ({
    owner: { userId, deviceId },
    index,
    key: bytes(fill),
    sentAt,
  });

  it("count once a membership says that they are there, under LiveKit's names", () => {
    const keys = received(NO_KEYS, key(1), []);
    expect(usable(keys, [])).toEqual([]);
    expect(usable(keys, [BEN])).toEqual([]);
    const ana = { ...ANA, identities: ["@ana:hs:DEV", "hash"] };
    expect(usable(keys, [ana])).toEqual([
      { identity: "@ana:hs:DEV", index: 0, key: bytes(1) },
      { identity: "hash", index: 0, key: bytes(1) },
    ]);
  });

  it("of another device than the membership's do not count", () => {
    const keys = received(NO_KEYS, key(1, NOW, 0, "@ana:hs", "OTHER"), [ANA]);
    expect(usable(keys, [ANA])).toEqual([]);
  });

  it("of the same index: the newer counts, whatever comes last", () => {
    const newer = received(NO_KEYS, key(2, NOW + 1), [ANA]);
    const late = received(newer, key(1, NOW), [ANA]);
    expect(late).toBe(newer);
    expect(usable(received(newer, key(3, NOW + 1), [ANA]), [ANA])[0]?.key).toEqual(bytes(3));
  });

  it("of other indexes stay, the newest last", () => {
    let keys = received(NO_KEYS, key(2, NOW + 1, 1), [ANA]);
    keys = received(keys, key(1, NOW, 0), [ANA]);
    expect(usable(keys, [ANA]).map(({ index }) => index)).toEqual([0, 1]);
  });

  it("of strangers fill no memory, and drive nobody out who is there", () => {
    let keys = received(NO_KEYS, key(1), [ANA]);
    for (let i = 0; i < 40; i += 1) keys = received(keys, key(1, NOW, 0, "@m:hs", `D${i}`), [ANA]);
    expect(keys.size).toBe(31);
    for (let i = 0; i < 1_200; i += 1) keys = received(keys, key(1, NOW, 0, `@m${i}:hs`), [ANA]);
    expect(keys.size).toBe(1_000);
    expect(usable(keys, [ANA])).toHaveLength(1);
    expect(usable(keys, [member("@m1199:hs")])).toHaveLength(1);
  });
});

describe("who is in the call", () => {
  const focus = { focus_active: { type: "livekit" }, foci_preferred: [] };
  const state = (sender: string, device: string, sentAt = NOW, more = {}) => ({
    sender,
    sentAt,
    content: { application: "m.call", call_id: "", device_id: device, ...focus, ...more },
  });
  const everybody = () => true;

  it("says its own membership, with the stay that it is of", async () => {
    const events = [
      state("@ana:hs", "A"),
      state("@ben:hs", "B", NOW, { created_ts: NOW - 5 }),
      state("@cleo:hs", "C", NOW - 5 * 3_600_000), // over
      { sender: "@dan:hs", sentAt: NOW, content: {} },
      state(ME.userId, ME.deviceId),
    ];
    expect(await callMembers(events, [], ME, everybody, NOW)).toEqual([
      { userId: "@ana:hs", deviceId: "A", stay: String(NOW), identities: ["@ana:hs:A"] },
      { userId: "@ben:hs", deviceId: "B", stay: String(NOW - 5), identities: ["@ben:hs:B"] },
    ]);
  });

  it("is nobody who was put out of the room, whatever their membership says", async () => {
    const events = [state("@ana:hs", "A"), state("@ben:hs", "B")];
    const there = await callMembers(events, [], ME, (userId) => userId !== "@ben:hs", NOW);
    expect(there.map(({ userId }) => userId)).toEqual(["@ana:hs"]);
    expect([{ membership: "join" }, {}, undefined, { membership: "ban" }].map(mayBeInRoom)).toEqual(
      [true, true, true, false],
    );
  });

  it("may say it by a sticky event, and comes under hashes then", async () => {
    const sticky = {
      sender: "@ana:hs",
      sentAt: NOW,
      content: { slot_id: "m.call#ROOM", member: { id: "uuid", device_id: "A" } },
    };
    const forged = { ...sticky, sender: "@mallory:hs" };
    const named = {
      ...forged,
      content: { ...sticky.content, member: { id: "u", device_id: "A", user_id: "@ana:hs" } },
    };
    const [ana, ...others] = await callMembers([], [sticky, named], ME, everybody, NOW);
    expect(others).toEqual([]);
    expect(ana).toEqual({
      userId: "@ana:hs",
      deviceId: "A",
      stay: "uuid",
      identities: [
        await hashOf(["@ana:hs", "uuid"]),
        await hashOf(["@ana:hs", "A", "uuid"]),
        "@ana:hs:A",
      ],
    });
    const both = await callMembers([state("@ana:hs", "A")], [sticky], ME, everybody, NOW);
    expect(both).toHaveLength(1);
    expect(both[0]?.stay).toBe("uuid");
  });
});

describe("a call's keys", () => {
  beforeEach(() => vi.useFakeTimers({ now: NOW }));
  afterEach(() => vi.useRealTimers());
  const settle = async (ms = 0) => vi.advanceTimersByTimeAsync(ms);

  const world = () => {
    const sent: { to: string[]; index: number; key: string }[] = [];
    const got: UsableKey[] = [];
    const heard: { key?: (sender: string, content: unknown) => void } = {};
    const seen: { members?: (members: readonly CallMember[]) => void } = {};
    const state = { fails: false, ended: 0 };
    const session = createKeySession(
      {
        ...ME,
        encrypts: () => true,
        send: async (to, content) => {
          if (state.fails) throw new Error("no network");
          const { index, key } = content["keys"] as { index: number; key: string };
          sent.push({ to: to.map(({ userId }) => userId), index, key });
          return Promise.resolve(to.filter(({ deviceId }) => deviceId === "UNKNOWN"));
        },
        onKey: (listener) => {
          heard.key = listener;
          return () => (state.ended += 1);
        },
        onMembers: (listener) => {
          seen.members = listener;
          return () => (state.ended += 1);
        },
      },
      {
        now: () => Date.now(),
        later: (work, ms) => {
          const timer = setTimeout(work, ms);
          return () => clearTimeout(timer);
        },
      },
    );
    const there = (...members: CallMember[]) => seen.members?.(members);
    const own = () => got.filter(({ identity }) => identity === "me").map(({ index }) => index);
    const attach = (identity: string | null = "me") =>
      session.attach((key) => got.push(key), identity);
    return { session, sent, got, own, there, attach, state, say: heard.key! };
  };

  it("ours is used at once, and handed to who is there", async () => {
    const { attach, there, sent, own, got } = world();
    there(ANA);
    attach();
    expect(own()).toEqual([0]);
    await settle();
    expect(sent).toEqual([{ to: ["@ana:hs"], index: 0, key: toBase64(got[0]!.key) }]);
  });

  it("a new one is sent first, and used a second later", async () => {
    const { attach, there, sent, own } = world();
    attach();
    there(ANA, BEN);
    await settle();
    there(BEN);
    await settle();
    expect(sent.at(-1)).toMatchObject({ to: ["@ben:hs"], index: 1 });
    expect(own()).toEqual([0]);
    await settle(999);
    expect(own()).toEqual([0]);
    await settle(1);
    expect(own()).toEqual([0, 1]);
  });

  it("what changes during that second is looked at after it", async () => {
    const { attach, there, sent, own } = world();
    attach();
    there(ANA, BEN);
    await settle();
    there(BEN);
    await settle(500);
    there();
    there(ANA);
    await settle(500);
    expect(sent.map(({ to, index }) => [index, ...to])).toEqual([
      [0, "@ana:hs", "@ben:hs"],
      [1, "@ben:hs"],
      [2, "@ana:hs"],
    ]);
    await settle(1_000);
    expect(own()).toEqual([0, 1, 2]);
  });

  it("who was alone needs no second: nobody could open what came before", async () => {
    const { attach, there, own, sent } = world();
    attach();
    await settle(60_000);
    there(ANA);
    await settle();
    expect(sent).toMatchObject([{ to: ["@ana:hs"], index: 1 }]);
    expect(own()).toEqual([0, 1]);
    there();
    await settle();
    expect(own()).toEqual([0, 1, 2]);
  });

  it("what could not be sent is sent again, and not used before", async () => {
    const { attach, there, sent, own, state } = world();
    attach();
    there(ANA, BEN);
    await settle();
    state.fails = true;
    there(BEN);
    await settle(2_000);
    expect(own()).toEqual([0]);
    state.fails = false;
    await settle(1_000);
    expect(sent.at(-1)).toMatchObject({ to: ["@ben:hs"], index: 1 });
    await settle(1_000);
    expect(own()).toEqual([0, 1]);
  });

  it("who has no device that is known is tried again, and holds nobody up", async () => {
    const { attach, there, sent, own } = world();
    const ghost = member("@ghost:hs", "UNKNOWN");
    attach();
    there(ANA, BEN, ghost);
    await settle();
    there(BEN, ghost);
    await settle(1_000);
    expect(own()).toEqual([0, 1]);
    await settle(60_000);
    const tried = sent.filter(({ to }) => to.join() === "@ghost:hs");
    expect(tried).toHaveLength(10);
    expect(tried.at(-1)).toMatchObject({ index: 1 });
    expect(sent).toHaveLength(12);
    expect(own()).toEqual([0, 1]);
  });

  it("theirs are handed on once their membership is seen, and to each new connection", async () => {
    const { attach, there, say, got } = world();
    attach(null);
    say("@ana:hs", theirs());
    expect(got).toEqual([]);
    there(ANA);
    const ana = { identity: "@ana:hs:DEV", index: 3, key: bytes(7) };
    expect(got).toEqual([ana]);
    say("@ana:hs", theirs({ room_id: "!other" }));
    there(ANA, BEN);
    expect(got).toEqual([ana]);
    attach(null);
    expect(got).toEqual([ana, ana]);
    await settle(5_000);
  });

  it("who does not encrypt hands out no key", async () => {
    const { attach, there, sent, own } = world();
    attach(null);
    there(ANA);
    await settle(5_000);
    expect(sent).toEqual([]);
    expect(own()).toEqual([]);
  });

  it("another connection goes on with the key that is in use", async () => {
    const { attach, there, own, sent } = world();
    attach();
    there(ANA, BEN);
    await settle();
    there(BEN);
    await settle();
    attach();
    expect(own()).toEqual([0, 0]);
    await settle(1_000);
    expect(own()).toEqual([0, 0, 1]);
    attach();
    expect(own()).toEqual([0, 0, 1, 1]);
    expect(sent).toHaveLength(2);
  });

  it("is over at the end: nothing is sent or handed on", async () => {
    const { session, attach, there, sent, say, got, state } = world();
    attach();
    there(ANA);
    await settle();
    there();
    session.end();
    there(BEN);
    say("@ben:hs", theirs());
    await settle(10_000);
    expect(sent).toHaveLength(1);
    expect(got.map(({ index }) => index)).toEqual([0, 1]);
    expect(state.ended).toBe(2);
  });
});
