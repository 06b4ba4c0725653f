import { describe, expect, it } from "vitest";
import { chatNews, type ChatNewsTexts, newlySaid } from "../src/lib/chat-news";
import { loginFailure, returnedIn } from "../src/lib/login";
import type { RoomSnapshot } from "../src/lib/model";
import { pastCalls } from "../src/lib/past-calls";
import { childrenInOrder, newsIn, type RoomView, sectionsOf, topSpaces } from "../src/lib/rooms";
import { missedByRoom, unseen } from "../src/lib/rings";
import { homeHash, roomHash, routeOf } from "../src/lib/route";
import { homeserverName, SiteSchema } from "../src/lib/site";
import { groupsOf, type Message, piecesOf, type Timeline, withoutQuote } from "../src/lib/timeline";
import * as v from "valibot";

const room = (roomId: string, change: Partial<RoomView> = {}): RoomView => ({
  roomId,
  name: roomId,
  kind: "text",
  membership: "join",
  inviter: null,
  encrypted: false,
  unread: 0,
  mentions: 0,
  readAt: 0,
  activeAt: 0,
  children: [],
  voice: null,
  ...change,
});
const call = (count: number): RoomSnapshot => ({
  roomId: "",
  name: "",
  channel: {
    enabled: true,
    userLimit: 0,
    bitrate: 64_000,
    status: "",
    locked: false,
    mediaEncryption: false,
  },
  call: { callId: "c", startedAt: 0, startedBy: "", count, roster: [] },
  names: {},
  mayModerate: false,
});
const rooms = (...all: RoomView[]) => new Map(all.map((one) => [one.roomId, one]));
const ids = (all: readonly RoomView[]) => all.map(({ roomId }) => roomId);

describe("rooms beside the call", () => {
  const world = rooms(
    room("work", { kind: "space", children: ["standup", "team", "gone", "chat"] }),
    room("team", { kind: "space", children: ["lab", "work"] }),
    room("standup", { kind: "voice", voice: call(2) }),
    room("lab", { kind: "voice", voice: call(0) }),
    room("chat", { activeAt: 1, unread: 3 }),
    room("news", { activeAt: 2 }),
    room("party", { membership: "invite", inviter: "Ben" }),
  );

  it("all of them: channels by name, rooms by what was said last", () => {
    const all = sectionsOf(world, null);
    expect(ids(all.voice)).toEqual(["lab", "standup"]);
    expect(ids(all.text)).toEqual(["news", "chat"]);
    expect(ids(all.invites)).toEqual(["party"]);
  });

  it("of a space: in its order, with what is in the spaces in it, and nothing that one is not in", () => {
    const work = sectionsOf(world, "work");
    expect(ids(work.voice)).toEqual(["standup", "lab"]);
    expect(ids(work.text)).toEqual(["chat"]);
    expect(newsIn(world, "work")).toEqual({ unread: 1, calls: 1 });
    expect(newsIn(world, "team")).toEqual({ unread: 1, calls: 1 });
  });

  it("shows spaces that are in no other, and all of them where they are in a circle", () => {
    expect(ids(topSpaces(world))).toEqual(["team", "work"]);
    const straight = rooms(
      room("a", { kind: "space", children: ["b"] }),
      room("b", { kind: "space" }),
    );
    expect(ids(topSpaces(straight))).toEqual(["a"]);
  });

  it("orders a space's children as Matrix does, and leaves out who was taken out", () => {
    const via = { via: ["hs"] };
    const events = [
      { roomId: "!none2", content: via, ts: 2 },
      { roomId: "!none1", content: via, ts: 1 },
      { roomId: "!b", content: { ...via, order: "b" }, ts: 0 },
      { roomId: "!a", content: { ...via, order: "a" }, ts: 9 },
      { roomId: "!odd", content: { ...via, order: "é" }, ts: 3 },
      { roomId: "!removed", content: {}, ts: 0 },
    ];
    expect(childrenInOrder(events)).toEqual(["!a", "!b", "!none1", "!none2", "!odd"]);
  });
});

describe("messages", () => {
  const at = (id: string, userId: string, ts: number, change: Partial<Message> = {}): Message => ({
    id,
    userId,
    name: userId,
    ts,
    own: false,
    kind: "text",
    body: id,
    edited: false,
    replyTo: null,
    state: "sent",
    ...change,
  });
  const noon = new Date(2026, 0, 5, 12).getTime();

  it("that were written in one go stand together; a pause, another person or a day divide", () => {
    const groups = groupsOf([
      at("1", "ana", noon),
      at("2", "ana", noon + 60_000),
      at("3", "ana", noon + 10 * 60_000),
      at("4", "ben", noon + 10 * 60_000),
      at("5", "ben", noon + 86_400_000),
      at("6", "ben", noon + 86_400_000, { kind: "notice" }),
    ]);
    expect(groups.map(({ messages }) => messages.map(({ id }) => id))).toEqual([
      ["1", "2"],
      ["3"],
      ["4"],
      ["5"],
      ["6"],
    ]);
    expect(groups.map(({ day }) => day !== null)).toEqual([true, false, false, true, false]);
    expect(groups.at(-1)?.quiet).toBe(true);
  });

  it("lose the quote that clients of old put into a reply", () => {
    expect(withoutQuote("> <@a:hs> one\n> two\n\nYes")).toBe("Yes");
    expect(withoutQuote("Yes")).toBe("Yes");
    expect(withoutQuote("> only a quote")).toBe("> only a quote");
  });

  it("have links, of http and https alone, and links into this client", () => {
    const page = "https://voice.hs/x/";
    expect(piecesOf("See https://hs/a?b=1. javascript:alert(1)", page)).toEqual([
      { tag: "text", text: "See " },
      { tag: "link", url: "https://hs/a?b=1" },
      { tag: "text", text: ". javascript:alert(1)" },
    ]);
    const url = page + roomHash("!r:hs");
    expect(piecesOf(url, page)).toEqual([{ tag: "room", url, roomId: "!r:hs" }]);
    expect(piecesOf(`https://evil.hs/${roomHash("!r:hs")}`, page)[0]?.tag).toBe("link");
  });
});

describe("logging in", () => {
  it("says what went wrong", () => {
    expect(loginFailure(403, "M_FORBIDDEN", "no").failure).toBe("WRONG_PASSWORD");
    expect(loginFailure(403, "M_USER_DEACTIVATED", "").failure).toBe("DEACTIVATED");
    expect(loginFailure(429, "M_LIMIT_EXCEEDED", "").failure).toBe("TOO_OFTEN");
    expect(loginFailure(0, "", "").failure).toBe("UNREACHABLE");
    expect(loginFailure(502, "", "").failure).toBe("UNREACHABLE");
    expect(loginFailure(500, "M_UNKNOWN", "Oops")).toMatchObject({
      failure: "UNEXPECTED",
      detail: "Oops",
    });
  });

  it("knows who came back from where people log in", () => {
    const token = { tag: "token", token: "abc" };
    expect(returnedIn("?state=s&loginToken=abc", "")).toEqual({ ...token, state: "s" });
    expect(returnedIn("?loginToken=abc", "")).toEqual({ ...token, state: "" });
    expect(returnedIn("", "#code=c&state=s")).toEqual({ tag: "code", code: "c", state: "s" });
    expect(returnedIn("", "#error=access_denied&state=s&error_description=No")).toEqual({
      tag: "failed",
      state: "s",
      detail: "No",
    });
    for (const [search, hash] of [
      ["", ""],
      ["?loginToken=", "#/room/x"],
      ["", "#code=c"],
      ["", "#state=s"],
    ] as const)
      expect(returnedIn(search, hash)).toBeNull();
  });

  it("is what an address without more leads to", () => {
    for (const hash of ["", "#", "#/", "#code=c&state=s"])
      expect(routeOf(hash)).toEqual({ tag: "home", roomId: null });
    expect(routeOf("#/", "?loginToken=t")).toEqual({ tag: "home", roomId: null });
    expect(routeOf(homeHash("!r:hs"))).toEqual({ tag: "home", roomId: "!r:hs" });
  });

  it("goes by what the server says, and calls its own homeserver by its name", () => {
    const told = {
      server_name: "example.com",
      homeservers: ["https://matrix.example.com", "https://other.org"],
      bot_user_id: "@voice:example.com",
    };
    const site = v.parse(SiteSchema, told);
    expect(site.showsStatus).toBe(false);
    expect(homeserverName(site, "https://matrix.example.com")).toBe("example.com");
    expect(homeserverName(site, "https://other.org")).toBe("other.org");
    expect(v.safeParse(SiteSchema, { ...told, homeservers: [] }).success).toBe(false);
  });
});

describe("past calls in the cards of a room", () => {
  const card = (call_id: string, started_ts: number, ended_ts: number | null) => ({
    "io.haos.voice.card": {
      call_id,
      started_ts,
      ended_ts,
      started_by: "@a:hs",
      peak: 2,
      participants: [{ user_id: "@a:hs", seconds: 7 }],
    },
  });
  it("are one each, as the last edit says, newest first", () => {
    const calls = pastCalls(
      [
        card("1", 10, null),
        { body: "no card" },
        card("2", 20, null),
        { ...card("1", 10, null), "m.new_content": card("1", 10, 99) },
        { "io.haos.voice.card": "broken" },
      ],
      (id) => (id === "@a:hs" ? "Ana" : undefined),
    );
    expect(calls.map(({ callId, endedAt }) => [callId, endedAt])).toEqual([
      ["2", null],
      ["1", 99],
    ]);
    expect(calls[0]?.people).toEqual([{ userId: "@a:hs", name: "Ana", seconds: 7 }]);
  });
});

describe("news of a room's messages", () => {
  const said = (id: string, change: Partial<Message> = {}): Message => ({
    id,
    userId: "@ben:hs",
    name: "Ben",
    ts: 1,
    own: false,
    kind: "text",
    body: id,
    edited: false,
    replyTo: null,
    state: "sent",
    ...change,
  });
  const timeline = (messages: readonly Message[], roomId = "!r"): Timeline => ({
    roomId,
    messages,
    more: false,
    loading: false,
    failed: false,
    mayNotWrite: null,
  });
  const ids = (before: Timeline | null, now: Timeline) =>
    newlySaid(before, now).map(({ id }) => id);
  const texts: ChatNewsTexts = {
    said: (name, body) => `${name}: ${body}`,
    many: (count, lastBy) => `${count}, ${lastBy}`,
    something: "something",
  };

  it("are what others said since, and not what was loaded from before", () => {
    const before = timeline([said("b"), said("c")]);
    const now = timeline([
      said("a"),
      said("b"),
      said("c"),
      said("d", { own: true }),
      said("e", { kind: "notice" }),
      said("f"),
    ]);
    expect(ids(before, now)).toEqual(["f"]);
    expect(ids(timeline([]), timeline([said("a")]))).toEqual(["a"]);
  });

  it("are none on the first look, of another room, or after a gap", () => {
    expect(ids(null, timeline([said("a")]))).toEqual([]);
    expect(ids(timeline([said("a")], "!other"), timeline([said("a"), said("b")]))).toEqual([]);
    expect(ids(timeline([said("a")]), timeline([said("x"), said("y")]))).toEqual([]);
  });

  it("do not come again when a message of one's own gets its name from the server", () => {
    const before = timeline([said("a"), said("~1", { own: true, state: "sending" })]);
    expect(ids(before, timeline([said("a"), said("$1", { own: true })]))).toEqual([]);
    const alone = timeline([said("~1", { own: true, state: "sending" })]);
    expect(ids(alone, timeline([said("$1", { own: true }), said("b")]))).toEqual(["b"]);
  });

  it("are read out as long as they are few and short", () => {
    expect(chatNews([], texts)).toBe("");
    expect(chatNews([said("hi"), said("x", { kind: "unreadable", body: "" })], texts)).toBe(
      "Ben: hi Ben: something",
    );
    expect(chatNews([said("l", { body: "o".repeat(500) })], texts).length).toBeLessThan(220);
    expect(
      chatNews(
        ["1", "2", "3", "4"].map((id) => said(id)),
        texts,
      ),
    ).toBe("4, Ben");
  });
});

describe("missed calls", () => {
  const call = (callId: string, roomId: string, at: number) => ({
    callId,
    roomId,
    at,
    name: "",
    by: "Ben",
  });
  it("are counted by room until the room was read, here or elsewhere", () => {
    const missed = [call("1", "!a", 10), call("2", "!a", 20), call("3", "!b", 30)];
    const counts = (readAt: number, seen: readonly string[] = [], seenUntil = 0) =>
      Object.fromEntries(
        missedByRoom(unseen(missed, { seen: new Set(seen), seenUntil }), () => readAt),
      );
    expect(counts(0)).toEqual({ "!a": 2, "!b": 1 });
    expect(counts(10)).toEqual({ "!a": 1, "!b": 1 });
    expect(counts(0, ["3"])).toEqual({ "!a": 2 });
    expect(counts(30)).toEqual({});
    expect(counts(0, [], 10)).toEqual({ "!a": 1, "!b": 1 });
  });
});
