// @vitest-environment node
// Another realm's bytes and signals, as jsdom has them, are none to jose and to Node.
import { compactDecrypt, CompactEncrypt, importJWK, type JWK } from "jose";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CallToken, RoomSnapshot, Unseen } from "../src/lib/model";
import { problem, problemOf, VoiceError } from "../src/lib/problem";
import { isNobody, personOf } from "../src/lib/roster";
import { routeOf } from "../src/lib/route";
import { themeOf } from "../src/lib/widget";
import { createApi } from "../src/services/api";
import { createLazyHost } from "../src/services/host/lazy";
import { createWidgetHost } from "../src/services/host/widget";
import { catchMessages } from "../src/services/host/widget-inbox";
import { CALL_MEMBER } from "../src/services/matrixrtc/content";
import { STICKY_MEMBER } from "../src/services/matrixrtc/members";
import { type Answer, wayIn } from "../src/services/widget/token";
import { BOT, matrixRoom, ME, ROOM } from "./matrix-room";

const KEY = `_${ME}_DEV_m.call`;
const WAY = { livekit_url: "ws://sfu", jwt: "j", identity: `${ME}:DEV`, call_id: "c" };
const TOKEN: CallToken = {
  url: "ws://sfu",
  jwt: "j",
  identity: `${ME}:DEV`,
  callId: "c",
  encrypts: false,
};

describe("a widget's address", () => {
  const filled = `roomId=${encodeURIComponent(ROOM)}&userId=${encodeURIComponent(ME)}`;
  it("tells who is where, also in front of the #, and templates left in place tell nothing", () => {
    const route = routeOf(
      `#/widget?${filled}&deviceId=DEV&theme=$org.matrix.msc2873.client_theme&bot=%40voice%3Ahs`,
      "?widgetId=w1&parentUrl=https%3A%2F%2Fapp.element.io%2F",
    );
    expect(route).toEqual({
      tag: "widget",
      parameters: {
        widgetId: "w1",
        parentOrigin: "https://app.element.io",
        roomId: ROOM,
        userId: ME,
        deviceId: "DEV",
        botId: BOT,
        theme: null,
        language: "",
      },
    });
  });

  it("without a room or a widget leads nowhere; a device with a colon is none", () => {
    expect(routeOf(`#/widget?${filled}`).tag).toBe("nowhere");
    expect(routeOf("#/widget?widgetId=w&userId=x&roomId=$matrix_room_id").tag).toBe("nowhere");
    const route = routeOf(`#/widget?widgetId=w&${filled}&deviceId=8448:DEV&parentUrl=vector://x`);
    expect(route).toMatchObject({ parameters: { deviceId: "", parentOrigin: "" } });
  });

  it("has the theme in many names", () => {
    expect(
      ["light", "Light-High-Contrast", "dark", "custom-Night", "solarized"].map(themeOf),
    ).toEqual(["light", "light", "dark", "dark", null]);
  });
});

describe("what the client says before we are there", () => {
  it("is heard later, but nothing that others say", () => {
    const channel = new EventTarget();
    const parent = new MessageChannel().port1;
    const frame = Object.assign(channel, { parent }) as unknown as Window;
    const release = catchMessages(frame);
    const said: unknown[] = [];
    const say = (data: string, source: MessagePort | null) =>
      channel.dispatchEvent(new MessageEvent("message", { data, source }));
    say("early", parent);
    say("forged", null);
    channel.addEventListener("message", (event) => said.push((event as MessageEvent).data));
    release();
    say("late", parent);
    say("forged too", null);
    expect(said).toEqual(["early", "late"]);
  });
});

/** A bot that answers a request, sealed to its key. */
const seal = async (request: Record<string, unknown>, plain: unknown = WAY) => {
  const key = await importJWK(request["public_key"] as JWK, "ECDH-ES");
  const token = await new CompactEncrypt(new TextEncoder().encode(JSON.stringify(plain)))
    .setProtectedHeader({ alg: "ECDH-ES", enc: "A256GCM" })
    .encrypt(key);
  return { request_id: request["request_id"], device_id: "DEV", expires_ts: 1, token };
};

describe("a way in", () => {
  const ask = (answer: (request: Record<string, unknown>) => Promise<Answer[]>, botId = BOT) => {
    const asked: string[] = [];
    let tell: ((answer: Answer) => void) | null = null;
    const way = wayIn({
      deviceId: "DEV",
      canEncrypt: false,
      botId,
      sendMessage: async (type, content) => {
        asked.push(type);
        for (const one of await answer(content as Record<string, unknown>)) tell?.(one);
      },
      onAnswer: (listener) => {
        tell = listener;
        return () => (tell = null);
      },
      overHttp: async () => {
        asked.push("http");
        return Promise.resolve({ ...TOKEN, jwt: "http" });
      },
    });
    return { way, asked };
  };

  it("is sealed to a key of its own, and opened", async () => {
    let request: Record<string, unknown> = {};
    const { way, asked } = ask(async (content) => {
      request = content;
      return [{ sender: BOT, content: await seal(content) }];
    });
    expect(await way).toEqual(TOKEN);
    expect(asked).toEqual(["io.haos.voice.join"]);
    expect(request).toMatchObject({ device_id: "DEV", reply: "state" });
    expect(Object.keys(request["public_key"] as object).sort()).toEqual(["crv", "kty", "x", "y"]);
    // Nobody else's key opens it.
    const { token } = await seal(request);
    const { generateKeyPair } = await import("jose");
    const other = await generateKeyPair("ECDH-ES", { crv: "P-256" });
    await expect(compactDecrypt(token, other.privateKey)).rejects.toThrow();
  });

  it("is taken from the bot alone, and for this request alone", async () => {
    const { way, asked } = ask(async (content) => [
      { sender: "@mallory:hs", content: await seal(content, { ...WAY, jwt: "forged" }) },
      { sender: BOT, content: await seal({ ...content, request_id: "older" }) },
      { sender: BOT, content: await seal(content) },
    ]);
    expect(await way).toEqual(TOKEN);
    expect(asked).not.toContain("http");
  });

  it("is refused in the bot's words, and then not tried over HTTP", async () => {
    const error = { code: "LOCKED", message: "Ask Cal.", retry_after_ms: 0 };
    const { way, asked } = ask(async (content) =>
      Promise.resolve([{ sender: BOT, content: { request_id: content["request_id"], error } }]),
    );
    expect(problemOf(await way.catch((thrown: unknown) => thrown))).toEqual(
      problem("LOCKED", "Ask Cal."),
    );
    expect(asked).not.toContain("http");
  });

  it("goes over HTTP at once where the request cannot be sent", async () => {
    const { way, asked } = ask(async () => Promise.reject(new Error("capability")));
    expect(await way).toMatchObject({ jwt: "http" });
    expect(asked).toEqual(["io.haos.voice.join", "http"]);
  });

  it("does not open what is not as agreed", async () => {
    const { way } = ask(async ({ request_id }) =>
      Promise.resolve([{ sender: BOT, content: { request_id, token: "e30.a.b.c.d" } }]),
    );
    const error: unknown = await way.catch((thrown: unknown) => thrown);
    expect(problemOf(error)).toMatchObject({ code: "UNEXPECTED" });
  });

  describe("with no answer from the room", () => {
    beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }));
    afterEach(() => vi.useRealTimers());

    it("goes over HTTP after some seconds", async () => {
      const { way, asked } = ask(async () => Promise.resolve([]));
      await vi.waitUntil(() => asked.length === 1);
      await vi.advanceTimersByTimeAsync(4_000);
      expect(asked).toEqual(["io.haos.voice.join"]);
      await vi.advanceTimersByTimeAsync(1_000);
      expect(asked).toContain("http");
      expect(await way).toMatchObject({ jwt: "http" });
    });

    it("says what went wrong that a person can do something about", async () => {
      const fails = async (http: VoiceError) => {
        const result = wayIn({
          deviceId: "DEV",
          canEncrypt: false,
          botId: BOT,
          sendMessage: async () => Promise.reject(new Error("capability")),
          onAnswer: () => () => undefined,
          overHttp: async () => Promise.reject(http),
        }).catch((thrown: unknown) => thrown);
        return problemOf(await result).code;
      };
      expect(await fails(new VoiceError(problem("FULL")))).toBe("FULL");
      expect(await fails(new VoiceError(problem("UNREACHABLE")))).toBe("NO_ANSWER");
    });
  });
});

describe("the room in a widget", () => {
  beforeEach(() => vi.useFakeTimers({ now: 2_000_000 }));
  afterEach(() => vi.useRealTimers());

  const open = async (
    setUp: (room: ReturnType<typeof matrixRoom>) => void = () => undefined,
    serviceUrl = "",
  ) => {
    const unseen: Unseen[] = [];
    const handedOver: unknown[] = [];
    const room = matrixRoom();
    setUp(room);
    const asked: string[] = [];
    const answers: Record<string, unknown> = {
      "/session": { session: "s" },
      [`/rooms/${encodeURIComponent(ROOM)}/history?limit=5`]: { calls: [] },
      [`/rooms/${encodeURIComponent(ROOM)}/participants/${encodeURIComponent("@b:hs:D")}`]: {},
      [`/rooms/${encodeURIComponent(ROOM)}/token`]: WAY,
    };
    const send = async (input: RequestInfo | URL, init?: RequestInit) => {
      asked.push(`${input as string} ${(init?.body as string | undefined) ?? ""}`);
      return Promise.resolve(new Response(JSON.stringify(answers[input as string] ?? null)));
    };
    const host = createWidgetHost({
      client: room.client,
      botId: BOT,
      hasDevice: true,
      serviceUrl,
      api: createApi("", send),
      apiOf: () => ({
        post: async (_path, _schema, body) => {
          handedOver.push(body);
          return Promise.resolve({} as never);
        },
      }),
      now: () => Date.now(),
      onTheme: () => undefined,
      onHangup: () => undefined,
      onListening: () => undefined,
      onUnseen: (why) => unseen.push(why),
    });
    const session = await host.open();
    const rooms: RoomSnapshot[] = [];
    const stop = new AbortController();
    void host.watch(ROOM, (snapshot) => rooms.push(snapshot), stop.signal);
    await vi.advanceTimersByTimeAsync(100);
    const last = () => rooms.at(-1)!;
    return { room, host, session, rooms, stop, asked, unseen, handedOver, last };
  };
  const entry = { user_id: "@ben:hs", device_id: "D", joined_ts: 1 };

  it("is told by its state, and at each change", async () => {
    const { room, session, rooms, last, stop } = await open(({ write }) => {
      write("m.room.name", "", { name: "Lounge" });
      write("m.room.member", ME, { membership: "join", displayname: "Ana" });
      write("m.room.member", "@ben:hs", { membership: "join", displayname: "Ben" }, "@ben:hs");
      write("io.haos.voice.channel", "", { enabled: true, user_limit: 3, status: "Chess" });
    });
    expect(session).toEqual({ roomId: ROOM, userId: ME, deviceId: "DEV", name: "Ana" });
    expect(last()).toMatchObject({
      name: "Lounge",
      channel: { enabled: true, userLimit: 3, status: "Chess" },
      call: null,
      mayModerate: false,
    });
    room.write("io.haos.voice.call", "", { call_id: "c", participants: [entry] }, BOT);
    room.write("io.haos.voice.channel", "", { enabled: true, locked: true });
    await vi.advanceTimersByTimeAsync(100);
    // One change seen of the two.
    expect(rooms).toHaveLength(2);
    expect(last()).toMatchObject({ call: { count: 1 }, channel: { locked: true } });
    expect(last().names).toEqual({ [ME]: "Ana", "@ben:hs": "Ben" });
    stop.abort();
    room.write("m.room.name", "", { name: "Later" });
    await vi.advanceTimersByTimeAsync(100);
    expect(rooms).toHaveLength(2);
  });

  it("is a voice channel by its type, too, and bad values are the protocol's defaults", async () => {
    const plain = await open();
    expect(plain.last().channel.enabled).toBe(false);
    const typed = await open(({ write }) =>
      write("m.room.create", "", { type: "org.matrix.msc3417.call" }),
    );
    expect(typed.last().channel.enabled).toBe(true);
    const bad = await open(({ write }) =>
      write("io.haos.voice.channel", "", { user_limit: "many" }),
    );
    expect(bad.last().channel).toMatchObject({ enabled: true, userLimit: 0 });
  });

  it("knows moderators by level, and creators of newer rooms", async () => {
    const levels = async (content: object) =>
      open(({ write }) => write("m.room.power_levels", "", content));
    expect((await levels({ users: { [ME]: 50 } })).last().mayModerate).toBe(true);
    expect((await levels({ users: { [ME]: 49 } })).last().mayModerate).toBe(false);
    const events = { "io.haos.voice.moderate": 10 };
    expect((await levels({ users_default: 10, events })).last().mayModerate).toBe(true);
    const created = async (room_version: string) =>
      open(({ write }) => write("m.room.create", "", { room_version }));
    expect((await created("12")).last().mayModerate).toBe(true);
    expect((await created("11")).last().mayModerate).toBe(false);
  });

  it("names Element Call's people, by their hashes too", async () => {
    const { room, last } = await open(({ write }) => {
      write("m.room.member", "@cleo:hs", { displayname: "Cleo" }, "@cleo:hs");
    });
    const member = { id: "m1", user_id: "@cleo:hs", device_id: "EC" };
    const content = { slot_id: "m.call#ROOM", member, msc4354_sticky_key: "k" };
    room.message(STICKY_MEMBER, "@cleo:hs", content);
    await vi.waitUntil(() => Object.keys(last().owners ?? {}).length === 2);
    const [identity] = Object.keys(last().owners!);
    expect(personOf(last(), identity!, "")).toEqual({ userId: "@cleo:hs", name: "Cleo" });
    expect(isNobody(last(), identity!, 0)).toBe(false);
    expect(isNobody(last(), "unexplained", 0)).toBe(true);
    // Whoever is heard is shown, known or not.
    expect(isNobody(last(), "unexplained", 1)).toBe(false);
    expect(personOf(last(), "@dan:hs:EC", "")).toEqual({ userId: "@dan:hs", name: "dan" });
    room.message(STICKY_MEMBER, "@cleo:hs", { msc4354_sticky_key: "k" });
    await vi.waitUntil(() => Object.keys(last().owners ?? {}).length === 0);
  });

  it("is told that we are in the call, once we are, and that we are not any more", async () => {
    const { room, host } = await open();
    await host.present?.({ roomId: ROOM, connected: true, video: false });
    expect(room.content(CALL_MEMBER, KEY)).toMatchObject({
      device_id: "DEV",
      foci_preferred: [{ livekit_service_url: "https://rtc.hs/livekit/jwt" }],
    });
    await host.present?.({ roomId: ROOM, connected: true, video: true });
    expect(room.content(CALL_MEMBER, KEY)).toMatchObject({ "m.call.intent": "video" });
    room.write(CALL_MEMBER, KEY, {}, BOT);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(room.content(CALL_MEMBER, KEY)).toMatchObject({ "m.call.intent": "video" });
    // A lost connection: others should not wait for our picture.
    await host.present?.({ roomId: ROOM, connected: false, video: true });
    expect(room.content(CALL_MEMBER, KEY)).toEqual({});
    await host.present?.({ roomId: ROOM, connected: true, video: true });
    // Moved to another room's call, we are in none here.
    await host.present?.({ roomId: "!other", connected: true, video: true });
    expect(room.content(CALL_MEMBER, KEY)).toEqual({});
    await host.present?.(null);
    expect(room.told.filter((told) => told.endsWith("screen"))).toEqual([
      "on screen",
      "off screen",
    ]);
  });

  it("takes the token service of somebody whom the bridge sees, where the homeserver is silent", async () => {
    const foci = (url: string) => ({
      application: "m.call",
      call_id: "",
      device_id: "D",
      focus_active: { type: "livekit" },
      foci_preferred: [{ type: "livekit", livekit_service_url: url }],
    });
    const { room, host } = await open(({ write, broken }) => {
      broken.add("transports");
      write(CALL_MEMBER, "_@eve:far_D_m.call", foci("https://far"), "@eve:far");
      write(CALL_MEMBER, "_@ben:hs_D_m.call", foci("https://near"), "@ben:hs");
      write("io.haos.voice.call", "", { call_id: "c", participants: [entry] }, BOT);
    });
    await host.present?.({ roomId: ROOM, connected: true, video: false });
    expect(room.content(CALL_MEMBER, KEY)).toMatchObject({
      foci_preferred: [{ livekit_service_url: "https://near" }],
    });
  });

  it("publishes the bridge's own transport where the bridge tells it, whatever the homeserver says", async () => {
    const { room, host, unseen } = await open(undefined, "https://bridge/livekit/jwt");
    await host.present?.({ roomId: ROOM, connected: true, video: false });
    expect(room.content(CALL_MEMBER, KEY)).toMatchObject({
      foci_preferred: [{ livekit_service_url: "https://bridge/livekit/jwt" }],
    });
    expect(unseen).toEqual([null]);
  });

  it("says why others do not see us: no transport, no right, another room", async () => {
    const lost = await open(({ broken }) => broken.add("transports"));
    await lost.host.present?.({ roomId: ROOM, connected: true, video: false });
    expect(lost.room.content(CALL_MEMBER, KEY)).toBeUndefined();
    expect(lost.unseen).toEqual(["transport"]);
    const refused = await open(({ broken }) => broken.add("state"));
    await refused.host.present?.({ roomId: ROOM, connected: true, video: false });
    expect(refused.unseen).toEqual(["refused"]);
    refused.room.broken.delete("state");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(refused.unseen).toEqual(["refused", null]);
    await refused.host.present?.({ roomId: "!other", connected: true, video: false });
    expect(refused.unseen.at(-1)).toBe("moved");
    await refused.host.present?.(null);
    expect(refused.unseen.at(-1)).toBe(null);
  });

  it("leaves it to whoever took the call over with the same device, such as Element Call", async () => {
    const { room, host } = await open();
    await host.present?.({ roomId: ROOM, connected: true, video: false });
    const theirs = {
      application: "m.call",
      device_id: "DEV",
      focus_active: {},
      of: "Element Call",
    };
    room.write(CALL_MEMBER, KEY, theirs);
    await host.present?.(null, true);
    expect(room.content(CALL_MEMBER, KEY)).toEqual(theirs);
    // Nothing of ours takes it away later on.
    await vi.advanceTimersByTimeAsync(60_000);
    expect(room.content(CALL_MEMBER, KEY)).toEqual(theirs);
    expect(room.delayed.size).toBe(0);
  });

  it("does not ask the person who they are in the middle of joining", async () => {
    const { room, host, handedOver, asked } = await open();
    await host.present?.({ roomId: ROOM, connected: true, video: false });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(handedOver).toEqual([]);
    expect(asked).toEqual([]);
    // We put our leave off by ourselves.
    expect(room.content(CALL_MEMBER, KEY)).toMatchObject({ device_id: "DEV" });
    await host.present?.(null);
    // Who proved it for something else is not asked again: then the bridge takes it over.
    await host.history(ROOM, 5);
    await host.present?.({ roomId: ROOM, connected: true, video: false });
    expect(handedOver).toHaveLength(1);
  });

  it("is rid of a membership that this device left behind, unless it is in the call", async () => {
    const old = async (roster: unknown[]) =>
      open(({ write }) => {
        write(CALL_MEMBER, KEY, {
          application: "m.call",
          call_id: "",
          device_id: "DEV",
          focus_active: { type: "livekit" },
          foci_preferred: [],
        });
        write("io.haos.voice.call", "", { call_id: "c", participants: roster }, BOT);
        vi.setSystemTime(Date.now() + 31_000);
      });
    expect((await old([])).room.content(CALL_MEMBER, KEY)).toEqual({});
    const mine = { user_id: ME, device_id: "DEV", joined_ts: 1 };
    expect((await old([mine])).room.content(CALL_MEMBER, KEY)).not.toEqual({});
  });

  it("has a history and moderators over HTTP, with a session by OpenID", async () => {
    const { host, asked } = await open();
    expect(await host.history(ROOM, 5)).toEqual([]);
    await host.moderate?.({ roomId: ROOM, identity: "@b:hs:D", action: "kick" });
    expect(asked[0]).toContain('/session {"openid":{"access_token":"t"');
    expect(asked[0]).toContain('"device_id":"DEV"');
    expect(asked.filter((one) => one.startsWith("/session"))).toHaveLength(1);
    expect(asked[2]).toContain('{"action":"kick"}');
  });
});

describe("media keys in a widget", () => {
  const MEMBER = {
    application: "m.call",
    call_id: "",
    focus_active: { type: "livekit" },
    foci_preferred: [],
  };
  type Room = ReturnType<typeof matrixRoom>;
  const encrypt = ({ write }: Room) =>
    write("m.room.encryption", "", { algorithm: "m.megolm.v1.aes-sha2" });

  const open = async (setUp: (room: Room) => void, hasDevice = true) => {
    const room = matrixRoom();
    setUp(room);
    const host = createWidgetHost({
      client: room.client,
      botId: BOT,
      hasDevice,
      serviceUrl: "",
      api: createApi("", async () => Promise.resolve(new Response("{}"))),
      apiOf: () => ({ post: async () => Promise.resolve({} as never) }),
      now: () => Date.now(),
      onUnseen: () => undefined,
      onTheme: () => undefined,
      onHangup: () => undefined,
      onListening: () => undefined,
    });
    await host.open();
    return { room, host };
  };
  const asked = ({ told }: Room) => told.filter((what) => what === "asked for keys").length;

  it("are asked for where the room is encrypted, once, and nowhere else", async () => {
    const plain = await open(() => undefined);
    expect(await plain.host.keys?.(ROOM)).toBeNull();
    expect(asked(plain.room)).toBe(0);
    const { room, host } = await open(encrypt);
    expect(asked(room)).toBe(1);
    const keys = await host.keys?.(ROOM);
    expect(keys).toMatchObject({ roomId: ROOM, userId: ME, deviceId: "DEV" });
    expect(await host.keys?.(ROOM)).toBe(keys);
    expect(asked(room)).toBe(1);
    // Who is in another room's call is not to be seen from here.
    expect(await host.keys?.("!other")).toBeNull();
    // A room that is encrypted later is asked for then.
    encrypt(plain.room);
    expect(await plain.host.keys?.(ROOM)).not.toBeNull();
  });

  it("have no way without a device that the client named, and may be refused and asked again", async () => {
    const unnamed = await open(encrypt, false);
    expect(await unnamed.host.keys?.(ROOM)).toBeNull();
    expect(asked(unnamed.room)).toBe(0);
    const { room, host } = await open((one) => {
      encrypt(one);
      one.broken.add("keys");
    });
    expect(await host.keys?.(ROOM)).toBeNull();
    room.broken.clear();
    expect(await host.keys?.(ROOM)).not.toBeNull();
  });

  it("go to devices, and come from the client", async () => {
    const { room, host } = await open(encrypt);
    const keys = await host.keys?.(ROOM);
    const came: unknown[] = [];
    const stop = keys?.onKey((sender, content) => came.push([sender, content]));
    room.key("@ben:hs", { a: 1 });
    stop?.();
    room.key("@ben:hs", { a: 2 });
    expect(came).toEqual([["@ben:hs", { a: 1 }]]);
    const to = (userId: string, deviceId: string) => ({
      ...{ userId, deviceId, stay: "", identities: [] },
    });
    await keys?.send([to("@b:hs", "X"), to("@b:hs", "Y"), to("@c:hs", "Z")], { k: 1 });
    expect(room.keys).toEqual([
      { "@b:hs": { X: { k: 1 }, Y: { k: 1 } }, "@c:hs": { Z: { k: 1 } } },
    ]);
  });

  it("are for who is in the call and in the room, at each change", async () => {
    const { room, host } = await open(encrypt);
    const keys = await host.keys?.(ROOM);
    const seen: string[][] = [];
    const stop = keys?.onMembers((members) => seen.push(members.map(({ userId }) => userId)));
    const next = async () => new Promise((resolve) => setTimeout(resolve));
    room.write("m.room.member", "@ben:hs", { membership: "join" }, "@ben:hs");
    room.write(CALL_MEMBER, "_@ben:hs_B_m.call", { ...MEMBER, device_id: "B" }, "@ben:hs");
    room.write(CALL_MEMBER, KEY, { ...MEMBER, device_id: "DEV" });
    await next();
    expect(seen.at(-1)).toEqual(["@ben:hs"]);
    // Put out of the room; their membership in the call stays behind.
    room.write("m.room.member", "@ben:hs", { membership: "leave" });
    await next();
    expect(seen.at(-1)).toEqual([]);
    stop?.();
  });

  it("are wanted as the room's settings say", async () => {
    const { room, host } = await open(encrypt);
    const keys = await host.keys?.(ROOM);
    expect(keys?.encrypts()).toBe(true);
    room.write("io.haos.voice.channel", "", { enabled: true, media_encryption: false });
    expect(keys?.encrypts()).toBe(false);
  });
});

describe("a host that is loaded later", () => {
  it("is loaded once, and again after it could not be", async () => {
    let loads = 0;
    const host = createLazyHost(async () => {
      loads += 1;
      if (loads === 1) throw new TypeError("Failed to fetch dynamically imported module");
      return Promise.resolve({ history: async () => Promise.resolve([]) } as never);
    });
    const error: unknown = await host.history(ROOM, 1).catch((thrown: unknown) => thrown);
    expect(problemOf(error).code).toBe("UNREACHABLE");
    expect(await host.history(ROOM, 1)).toEqual([]);
    await host.history(ROOM, 1);
    expect(loads).toBe(2);
  });
});
