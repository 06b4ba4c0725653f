import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { StateEvent } from "../src/services/widget/client";
import { CALL_MEMBER, membershipContent, stateKeyOf } from "../src/services/matrixrtc/content";
import { createDelegate } from "../src/services/matrixrtc/delegate";
import { hashOf } from "../src/services/matrixrtc/hash";
import { isMember, ownersOf, serviceUrlOf } from "../src/services/matrixrtc/members";
import { createOwnMembership } from "../src/services/matrixrtc/own-membership";
import { matrixRoom, ME, ROOM } from "./matrix-room";

const KEY = `_${ME}_DEV_m.call`;
const URL = "https://rtc.hs/livekit/jwt";
const HOURS = 3_600_000;

const first = {
  application: "m.call",
  call_id: "",
  scope: "m.room",
  device_id: "DEV",
  membershipID: `${ME}:DEV`,
  expires: 4 * HOURS,
  "m.call.intent": "audio",
  focus_active: { type: "livekit", focus_selection: "multi_sfu" },
  foci_preferred: [{ type: "livekit", livekit_service_url: URL, livekit_alias: ROOM }],
};

describe("a membership", () => {
  const device = { roomId: ROOM, userId: ME, deviceId: "DEV" };
  it("has the shape and the key that Element Call and Element X read", () => {
    const about = { serviceUrl: URL, video: false, expiresMs: 4 * HOURS, createdTs: null };
    expect(stateKeyOf(device)).toBe(KEY);
    expect(membershipContent(device, about)).toEqual(first);
    expect(membershipContent(device, { ...about, video: true, createdTs: 5 })).toEqual({
      ...first,
      "m.call.intent": "video",
      created_ts: 5,
    });
  });

  it("counts from when it was made, and says where its tokens come from", () => {
    const event = { sender: ME, sentAt: 1000, content: first };
    expect(isMember(event, 1000 + 4 * HOURS - 1)).toBe(true);
    expect(isMember(event, 1000 + 4 * HOURS)).toBe(false);
    expect(isMember({ ...event, content: { ...first, created_ts: 5000 } }, 1000 + 4 * HOURS)).toBe(
      true,
    );
    expect(isMember({ ...event, content: {} }, 1000)).toBe(false);
    expect(isMember({ ...event, content: { memberships: [first] } }, 1000)).toBe(false);
    expect(serviceUrlOf(event)).toBe(URL);
    expect(serviceUrlOf({ ...event, content: {} })).toBe("");
  });
});

describe("hashed identities", () => {
  it("are those of the token service", async () => {
    expect(await hashOf(["!roomid:example.com", "m.call#ROOM"])).toBe(
      "F4oOprKFBq6JHqy2qYpq6UQQmR7hCvxkQQoUrd0+SbI",
    );
    expect(await hashOf(["@alice:example.com", "DEVICE123", "memberABC"])).toBe(
      "J+T45tGruxc+HrUOqJJlyQSV33m728Cme4+vt8/SWrU",
    );
    expect(await hashOf(["@alice:example.com", "memberABC"])).toBe(
      "M3VnsLXrkbxIDINXO64u8PZzFyD9ZYFiQULR2dshWYs",
    );
  });

  it("are found by sticky memberships, never for somebody else", async () => {
    const member = { id: "memberABC", user_id: "@alice:example.com", device_id: "DEVICE123" };
    const content = { slot_id: "m.call#ROOM", member };
    const event = { sender: "@alice:example.com", sentAt: 0, content };
    expect(await ownersOf([event])).toEqual({
      "J+T45tGruxc+HrUOqJJlyQSV33m728Cme4+vt8/SWrU": "@alice:example.com",
      M3VnsLXrkbxIDINXO64u8PZzFyD9ZYFiQULR2dshWYs: "@alice:example.com",
    });
    expect(await ownersOf([{ ...event, sender: "@mallory:hs" }])).toEqual({});
    const left = { msc4354_sticky_key: "k" };
    expect(await ownersOf([{ ...event, content: left }])).toEqual({});
  });
});

describe("our own membership", () => {
  beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }));
  afterEach(() => vi.useRealTimers());
  const settle = async (ms = 0) => vi.advanceTimersByTimeAsync(ms);

  const world = () => {
    const room = matrixRoom();
    const handed: string[] = [];
    const state = { delegates: true, url: URL as string | null };
    const own = createOwnMembership({
      port: room.port,
      serviceUrl: async () => Promise.resolve(state.url),
      delegate: async (url, delayId, delayMs) => {
        if (!state.delegates) throw new Error("404");
        handed.push(`${url} ${delayId} ${delayMs}`);
        return Promise.resolve();
      },
      now: () => Date.now(),
    });
    const seen = (events: readonly StateEvent[]) => {
      for (const event of events) if (event.stateKey === KEY) own.seen(event);
    };
    void room.client.start({
      onState: seen,
      onMessage: () => undefined,
      onKey: () => undefined,
      onTheme: () => undefined,
      onHangup: () => undefined,
      onListening: () => undefined,
    });
    const now = () => room.content(CALL_MEMBER, KEY);
    return { room, own, state, handed, now };
  };

  it("is published with a leave behind it, which the bridge takes over", async () => {
    const { room, own, handed, now } = world();
    void own.enter(false);
    await settle();
    expect(now()).toEqual(first);
    expect(handed).toEqual([`${URL} syd_1 18000`]);
    const restarts = vi.spyOn(room.port, "updateDelayed");
    await settle(12_000);
    // Ours no more to put off.
    expect(restarts).not.toHaveBeenCalled();
  });

  it("is put off by ourselves where nobody takes it over, and goes with us", async () => {
    const { own, state, now } = world();
    state.delegates = false;
    void own.enter(false);
    await settle(100_000);
    expect(now()).toEqual(first);
    void own.leave();
    await settle();
    expect(now()).toEqual({});
  });

  it("goes when the browser dies: nobody puts the leave off any more", async () => {
    const { room, own, state, now } = world();
    state.delegates = false;
    void own.enter(false);
    await settle(7_000);
    // As good as dead: nothing that it does arrives.
    for (const what of ["update", "state", "delayed"] as const) room.broken.add(what);
    await settle(16_000);
    expect(now()).toEqual(first);
    await settle(2_000);
    expect(now()).toEqual({});
  });

  it("leaves at once, whatever works: by the scheduled leave, or by another", async () => {
    const { room, own, now } = world();
    void own.enter(false);
    await settle();
    room.broken.add("update");
    void own.leave();
    await settle();
    expect(now()).toEqual({});
    // What cannot be called back comes twice, which is harmless.
    await settle(60_000);
    expect(now()).toEqual({});
  });

  it("says when the camera is on, keeps when we came, and nothing twice", async () => {
    const { room, own, now } = world();
    void own.enter(false);
    await settle(5_000);
    void own.enter(true);
    await settle();
    expect(now()).toEqual({ ...first, "m.call.intent": "video", created_ts: 1_000_000 });
    void own.enter(true);
    await settle();
    expect(room.told.filter((told) => told.endsWith("set"))).toHaveLength(2);
    expect(room.delayed.size).toBe(1);
  });

  it("is renewed before its time is over, for as much more", async () => {
    const { own, state, now, room } = world();
    state.delegates = false;
    void own.enter(false);
    await settle(3.2 * HOURS + 1000);
    expect(now()).toEqual({ ...first, expires: 8 * HOURS, created_ts: 1_000_000 });
    await settle(4 * HOURS);
    expect(now()).toMatchObject({ expires: 12 * HOURS });
    expect(isMember(room.event(CALL_MEMBER, KEY)!, Date.now())).toBe(true);
  });

  it("is short and often renewed where there are no delayed events", async () => {
    const { room, own, now } = world();
    room.broken.add("delayed");
    void own.enter(false);
    await settle();
    expect(now()).toMatchObject({ expires: 900_000 });
    await settle(12 * 60_000 + 1000);
    expect(now()).toMatchObject({ expires: 1_800_000, created_ts: 1_000_000 });
    void own.leave();
    await settle();
    expect(now()).toEqual({});
  });

  it("comes back when it was taken away while we are there, with a new leave behind it", async () => {
    const { room, own, handed, now } = world();
    void own.enter(false);
    await settle(10_000);
    room.write(CALL_MEMBER, KEY, {}, "@voice:hs");
    await settle(1_000);
    expect(now()).toMatchObject({ device_id: "DEV", created_ts: 1_000_000 });
    expect(handed).toHaveLength(2);
    expect(room.delayed.size).toBe(1);
    // Somebody who takes it away again and again does not make us hurry.
    room.write(CALL_MEMBER, KEY, {}, "@voice:hs");
    await settle(3_000);
    expect(now()).toEqual({});
    await settle(2_000);
    expect(now()).toMatchObject({ device_id: "DEV" });
  });

  it("does not come back after we left", async () => {
    const { room, own, now } = world();
    void own.enter(false);
    void own.leave();
    await settle(60_000);
    expect(now()).toBeUndefined();
    expect(room.told).toEqual([]);
    expect(room.delayed.size).toBe(0);
  });

  it("is not published where the room forbids it, nor a leave left behind; and tried again", async () => {
    const { room, own, state, now } = world();
    state.delegates = false;
    room.broken.add("state");
    void own.enter(false);
    await settle(30_000);
    expect(now()).toBeUndefined();
    expect(room.delayed.size).toBe(0);
    room.broken.delete("state");
    await settle(60_000);
    expect(now()).toEqual(first);
  });

  it("is not published where nobody knows the token service", async () => {
    const { room, own, state } = world();
    state.url = null;
    void own.enter(false);
    await settle();
    expect(room.told).toEqual([]);
    expect(room.delayed.size).toBe(0);
  });

  it("of an earlier life is swept, but never while we are in", async () => {
    const { room, own, now } = world();
    room.write(CALL_MEMBER, KEY, first);
    await own.sweep();
    expect(now()).toEqual({});
    void own.enter(false);
    await settle();
    await own.sweep();
    expect(now()).toEqual(first);
  });
});

describe("handing a leave over", () => {
  it("asks the token service by the plain identity's endpoint, without a doubled slash", async () => {
    const asked: unknown[] = [];
    const delegate = createDelegate(matrixRoom().port, (base) => ({
      post: async (path: string, _schema: unknown, body: unknown) => {
        asked.push(base + path, body);
        return Promise.resolve({} as never);
      },
    }));
    await delegate(`${URL}/`, "syd_1", 18_000);
    expect(asked).toEqual([
      `${URL}/sfu/get`,
      {
        room: ROOM,
        device_id: "DEV",
        openid_token: {
          access_token: "t",
          token_type: "Bearer",
          matrix_server_name: "hs",
          expires_in: 3600,
        },
        delay_id: "syd_1",
        delay_timeout: 18_000,
      },
    ]);
  });
});
