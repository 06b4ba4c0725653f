/** Rooms and messages of the SDK's own, as the page has them; nothing is asked of a server. */
import { createClient, Direction, type IEvent, MatrixEvent, Room } from "matrix-js-sdk";
import { beforeEach, describe, expect, it } from "vitest";
import { quietLogger } from "../src/services/matrix/logger";
import { messageOf } from "../src/services/matrix/messages";
import { viewOfRoom } from "../src/services/matrix/room-view";

const ME = "@ana:hs";
const BOT = "@voice:hs";
const CHANNEL = "io.haos.voice.channel";
const CALL = "io.haos.voice.call";
const RUNNING = {
  call_id: "C1",
  started_ts: 1,
  started_by: "@ben:hs",
  count: 1,
  participants: [{ user_id: "@ben:hs", device_id: "B", joined_ts: 1 }],
};

let client = createClient({ baseUrl: "https://hs", userId: ME, logger: quietLogger });
let sent = 0;
beforeEach(() => {
  client = createClient({ baseUrl: "https://hs", userId: ME, logger: quietLogger });
});

const event = (type: string, content: object, change: Partial<IEvent> = {}) =>
  new MatrixEvent({
    type,
    content: { ...content },
    event_id: `$${(sent += 1)}`,
    sender: "@ben:hs",
    origin_server_ts: 1000 + sent,
    room_id: "!r",
    ...change,
  });

type State = [type: string, content: object, key?: string, sender?: string];

const CREATED: State = ["m.room.create", {}];

const roomOf = (id: string, state: readonly State[], membership = "join") => {
  const room = new Room(id, client, ME);
  const events = [CREATED, ...state].map(([type, content, state_key = "", sender = "@ben:hs"]) =>
    event(type, content, { state_key, sender, room_id: id }),
  );
  room.getLiveTimeline().getState(Direction.Forward)?.setStateEvents(events);
  room.updateMyMembership(membership);
  room.recalculate();
  client.store.storeRoom(room);
  return room;
};

const view = (state: readonly State[], membership = "join") =>
  viewOfRoom(client, roomOf("!r", state, membership), BOT);

describe("a room", () => {
  it("is listed while one is in it or invited, and as long as no newer one is in its place", () => {
    expect(view([], "leave")).toBeNull();
    expect(view([], "ban")).toBeNull();
    const next: State[] = [["m.room.tombstone", { replacement_room: "!new" }]];
    expect(view(next)).not.toBeNull();
    roomOf("!new", []);
    expect(view(next)).toBeNull();
  });

  it("tells who invited", () => {
    const invited = view(
      [
        ["m.room.member", { membership: "invite" }, ME, "@ben:hs"],
        ["m.room.member", { membership: "join", displayname: "Ben" }, "@ben:hs"],
        [CHANNEL, { enabled: true }],
      ],
      "invite",
    );
    // What it is, is seen from within.
    expect(invited).toMatchObject({ membership: "invite", inviter: "Ben", voice: null });
  });

  it("is a voice channel if it says so, or is a room for calls", () => {
    expect(view([])).toMatchObject({ kind: "text", voice: null });
    expect(view([[CHANNEL, { enabled: false }]])).toMatchObject({ kind: "text" });
    expect(view([[CHANNEL, { user_limit: 4, status: "Tea" }]])).toMatchObject({
      kind: "voice",
      voice: { channel: { enabled: true, userLimit: 4, status: "Tea" } },
    });
    expect(view([["m.room.create", { type: "io.element.video" }]])).toMatchObject({
      kind: "voice",
    });
  });

  it("with settings that make no sense is shown all the same", () => {
    const odd = view([[CHANNEL, { enabled: true, user_limit: "many" }]]);
    expect(odd?.voice?.channel).toMatchObject({ enabled: true, userLimit: 0 });
  });

  it("has a call by the bot's word alone", () => {
    const channel: State = [CHANNEL, { enabled: true }];
    const told = (sender: string) => view([channel, [CALL, RUNNING, "", sender]])?.voice?.call;
    expect(told(BOT)).toMatchObject({ callId: "C1", count: 1, roster: [{ userId: "@ben:hs" }] });
    expect(told("@mallory:hs")).toBeNull();
    expect(view([channel, [CALL, {}, "", BOT]])?.voice?.call).toBeNull();
  });

  it("may be moderated by whom the room lets", () => {
    const may = (users: object, events: object = {}) =>
      view([
        ["m.room.create", { room_version: "10" }],
        ["m.room.member", { membership: "join" }, ME, ME],
        ["m.room.power_levels", { users, events }],
        [CHANNEL, { enabled: true }],
      ])?.voice?.mayModerate;
    expect(may({})).toBe(false);
    expect(may({ [ME]: 50 })).toBe(true);
    expect(may({ [ME]: 50 }, { "io.haos.voice.moderate": 60 })).toBe(false);
    expect(may({}, { "io.haos.voice.moderate": 0 })).toBe(true);
  });

  it("of spaces has its children in their order, without those that were taken out", () => {
    const space = view([
      ["m.room.create", { type: "m.space" }],
      ["m.space.child", { via: ["hs"], order: "b" }, "!two"],
      ["m.space.child", { via: ["hs"], order: "a" }, "!one"],
      ["m.space.child", {}, "!gone"],
    ]);
    expect(space).toMatchObject({ kind: "space", children: ["!one", "!two"] });
  });

  it("was read when the newest receipt says so, public or private", () => {
    const room = roomOf("!r", []);
    const receipt = (type: string, id: string, ts: number) =>
      room.addReceipt(
        new MatrixEvent({
          type: "m.receipt",
          content: { [id]: { [type]: { [ME]: { ts } } } },
        }),
      );
    expect(viewOfRoom(client, room, BOT)?.readAt).toBe(0);
    receipt("m.read", "$a", 5);
    receipt("m.read.private", "$b", 7);
    expect(viewOfRoom(client, room, BOT)?.readAt).toBe(7);
  });
});

describe("a message", () => {
  const said = (content: object, change: Partial<IEvent> = {}) =>
    messageOf(event("m.room.message", content, change), roomOf("!r", []), ME);
  const plain = (body: string) => ({ msgtype: "m.text", body });

  it("has a kind, and says whose it is", () => {
    expect(said(plain("hi"))).toMatchObject({ kind: "text", body: "hi", own: false, name: "ben" });
    expect(said(plain("hi"), { sender: ME })).toMatchObject({ own: true });
    expect(said({ msgtype: "m.emote", body: "waves" })).toMatchObject({ kind: "emote" });
    expect(said({ msgtype: "m.notice", body: "beep" })).toMatchObject({ kind: "notice" });
    expect(said({ msgtype: "m.image", body: "cat.png" })).toMatchObject({ kind: "attachment" });
  });

  it("of a shape that nobody knows breaks nothing", () => {
    expect(said({})).toBeNull();
    expect(said({ msgtype: "m.text", body: 7 })).toMatchObject({ body: "" });
    expect(messageOf(event("m.reaction", {}), roomOf("!r", []), ME)).toBeNull();
  });

  it("that only changes another is not shown by itself", () => {
    const edit = { ...plain("* hi"), "m.relates_to": { rel_type: "m.replace", event_id: "$x" } };
    expect(said(edit)).toBeNull();
  });

  it("answers another without its text twice", () => {
    const reply = {
      ...plain("> <@cleo:hs> before\n\nyes"),
      "m.relates_to": { "m.in_reply_to": { event_id: "$unknown" } },
    };
    expect(said(reply)).toMatchObject({ body: "yes", replyTo: { id: "$unknown", name: "" } });
    const inThread = {
      ...plain("Ben joined."),
      "m.relates_to": {
        rel_type: "m.thread",
        event_id: "$card",
        is_falling_back: true,
        "m.in_reply_to": { event_id: "$card" },
      },
    };
    expect(said(inThread)).toMatchObject({ replyTo: null });
  });

  it("that was deleted, or cannot be read, says so and nothing else", () => {
    const redacted = { unsigned: { redacted_because: event("m.room.redaction", {}).event } };
    expect(said({}, redacted as Partial<IEvent>)).toMatchObject({ kind: "redacted", body: "" });
    const sealed = event("m.room.encrypted", { ciphertext: "…" });
    expect(messageOf(sealed, roomOf("!r", []), ME)).toMatchObject({ kind: "unreadable", body: "" });
  });
});
