import { describe, expect, it } from "vitest";
import * as v from "valibot";
import { problemOf } from "../src/lib/problem";
import { createApi } from "../src/services/api";
import { CallSchema, HistorySchema, RoomSchema } from "../src/services/api-schema";
import { createLinkHost, hasSession } from "../src/services/host/link";

const ROOM = "!r/1:hs";
const SESSION = {
  session: "s3cret",
  expires_ts: 2_000,
  user_id: "@ana:hs",
  device_id: "WEB1",
  name: null,
  room_id: ROOM,
};
const room = (name: string) => ({ room_id: ROOM, name, you: { user_id: "@ana:hs" } });

const memory = () => {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
};

/** A server of answers by path; a function makes one anew for each request. */
const server = (answers: Record<string, () => Response>) => {
  const asked: { path: string; bearer: string | null; body: unknown }[] = [];
  const send = async (input: RequestInfo | URL, init?: RequestInit) => {
    const path = (input as string).replace("/v1", "");
    const body: unknown = typeof init?.body === "string" ? JSON.parse(init.body) : null;
    asked.push({ path, bearer: new Headers(init?.headers).get("Authorization"), body });
    const answer = answers[path];
    return answer === undefined
      ? Promise.reject(new TypeError("offline"))
      : Promise.resolve(answer());
  };
  return { api: createApi("/v1", send), asked };
};

const json =
  (body: unknown, status = 200) =>
  () =>
    new Response(JSON.stringify(body), { status });

describe("a link", () => {
  it("becomes a session, which outlives a reload but not its time", async () => {
    const shelf = memory();
    const { api, asked } = server({ "/session": json(SESSION) });
    const session = await createLinkHost(api, shelf, { tag: "code", code: "abc" }).open();
    expect(session).toEqual({ roomId: ROOM, userId: "@ana:hs", deviceId: "WEB1", name: "ana" });
    expect(asked[0]?.body).toEqual({ code: "abc" });
    expect(hasSession(shelf, ROOM, 1_999)).toBe(true);
    expect(hasSession(shelf, ROOM, 2_000)).toBe(false);
    expect(hasSession(shelf, "!other", 0)).toBe(false);
    const again = createLinkHost(api, shelf, { tag: "return", roomId: ROOM });
    expect(await again.open()).toEqual(session);
    expect(asked).toHaveLength(1);
  });

  it("that was used says so", async () => {
    const { api } = server({ "/session": json({ errcode: "M_FORBIDDEN", error: "used" }, 403) });
    const host = createLinkHost(api, memory(), { tag: "code", code: "abc" });
    const error: unknown = await host.open().catch((thrown: unknown) => thrown);
    expect(problemOf(error)).toMatchObject({ code: "LINK_SPENT", detail: "used" });
  });

  it("asks with the session, in encoded paths, and forgets a session that has ended", async () => {
    const shelf = memory();
    const path = `/rooms/${encodeURIComponent(ROOM)}`;
    const way = { livekit_url: "ws://x", jwt: "j", identity: "i" };
    const answers: Record<string, () => Response> = {
      "/session": json(SESSION),
      [`${path}/token`]: json(way),
      [`${path}/participants/${encodeURIComponent("@b:hs:D")}`]: json({}),
    };
    const { api, asked } = server(answers);
    const host = createLinkHost(api, shelf, { tag: "code", code: "abc" });
    await host.open();
    expect(await host.token(ROOM, false)).toEqual({
      url: "ws://x",
      jwt: "j",
      identity: "i",
      callId: "",
      encrypts: false,
    });
    await host.moderate?.({ roomId: ROOM, identity: "@b:hs:D", action: "move", to: "!z" });
    expect(asked.at(-1)).toMatchObject({
      bearer: "Bearer s3cret",
      body: { action: "move", to: "!z" },
    });
    answers[`${path}/token`] = json({ errcode: "M_UNKNOWN_TOKEN" }, 401);
    const error: unknown = await host.token(ROOM, false).catch((thrown: unknown) => thrown);
    expect(problemOf(error).code).toBe("SESSION_ENDED");
    expect(hasSession(shelf, ROOM, 0)).toBe(false);
  });

  it("follows the room, and comes back when the stream ends", async () => {
    const path = `/rooms/${encodeURIComponent(ROOM)}/events`;
    let streams = 0;
    const { api } = server({
      "/session": json(SESSION),
      [path]: () => {
        streams += 1;
        const event = `event: room\ndata: ${JSON.stringify(room(`Take ${streams}`))}\n\n`;
        return new Response(`: hello\n\nevent: other\ndata: {}\n\n${event}`);
      },
    });
    const host = createLinkHost(api, memory(), { tag: "code", code: "abc" });
    await host.open();
    const seen: string[] = [];
    const stop = new AbortController();
    await host.watch(
      ROOM,
      ({ name }) => {
        seen.push(name);
        if (seen.length === 2) stop.abort();
      },
      stop.signal,
    );
    expect(seen).toEqual(["Take 1", "Take 2"]);
  });
});

describe("an answer", () => {
  const ask = async (answer: () => Response) => {
    const { api } = server({ "/x": answer });
    const error: unknown = await api
      .get("/x", v.object({ a: v.number() }), "b")
      .catch((thrown: unknown) => thrown);
    return problemOf(error);
  };
  it("that refuses says why, in the protocol's words or by its status", async () => {
    const full = {
      errcode: "M",
      error: "10 of 10",
      "io.haos.voice.code": "FULL",
      retry_after_ms: 5,
    };
    expect(await ask(json(full, 403))).toEqual({
      code: "FULL",
      detail: "10 of 10",
      retryAfterMs: 5,
    });
    const codes = await Promise.all(
      [401, 403, 404, 429, 502, 500].map(async (status) => (await ask(json({}, status))).code),
    );
    expect(codes).toEqual([
      "SESSION_ENDED",
      "FORBIDDEN",
      "NOT_A_CHANNEL",
      "RATE_LIMITED",
      "UNREACHABLE",
      "UNEXPECTED",
    ]);
    expect((await ask(() => new Response("<html>", { status: 504 }))).code).toBe("UNREACHABLE");
  });
  it("that is wrong names the field, and none at all is no connection", async () => {
    expect((await ask(json({ a: "x" }))).detail).toContain('"a"');
    const { api } = server({});
    const error: unknown = await api.get("/y", v.unknown(), "b").catch((thrown: unknown) => thrown);
    expect(problemOf(error).code).toBe("UNREACHABLE");
  });
  it("without a call has none, and fields that are not there have their defaults", () => {
    expect(v.parse(CallSchema, {})).toBeNull();
    expect(v.parse(RoomSchema, room("Lounge"))).toMatchObject({
      call: null,
      channel: {
        userLimit: 0,
        bitrate: 64_000,
        locked: false,
        status: "",
        mediaEncryption: false,
      },
      mayModerate: false,
    });
    const entry = { user_id: "@a:hs", device_id: "D", joined_ts: 1 };
    const call = v.parse(CallSchema, { call_id: "c", participants: [entry], count: 3 });
    expect(call).toMatchObject({ count: 3, roster: [{ userId: "@a:hs", muted: false }] });
    const past = {
      call_id: "c",
      started_ts: 1,
      ended_ts: null,
      participants: [{ user_id: "@a:hs", seconds: 9 }],
    };
    expect(v.parse(HistorySchema, { calls: [past] })[0]?.people[0]?.name).toBe("a");
  });
});
