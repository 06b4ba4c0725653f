import { describe, expect, it } from "vitest";
import { spoken } from "../src/lib/announcements";
import { backoffMs } from "../src/lib/backoff";
import { browserOf } from "../src/lib/browser";
import { changesOf } from "../src/lib/changes";
import { clock, duration } from "../src/lib/duration";
import { columnsFor } from "../src/lib/grid";
import { colourOf, initials, localpart, userIdOf } from "../src/lib/identity";
import { decibels, fraction, SILENCE_DB } from "../src/lib/level";
import type { ParticipantView } from "../src/lib/model";
import { figures } from "../src/lib/network";
import { byName, forStage } from "../src/lib/order";
import { passesByItself, problem, problemOf, PROBLEMS, VoiceError } from "../src/lib/problem";
import { heldOf, peopleOf, personOf } from "../src/lib/roster";
import { roomHash, routeOf } from "../src/lib/route";
import { hear, QUIET } from "../src/lib/speaking";
import { stageOf } from "../src/lib/stage";
import { text } from "../src/strings/en";
import { view } from "./views";

describe("an identity", () => {
  it("is a user ID and a device, also on a server with a port", () => {
    expect(userIdOf("@ana:hs:DEV")).toBe("@ana:hs");
    expect(userIdOf("@ana:hs:8448:DEV")).toBe("@ana:hs:8448");
    expect(userIdOf("@ana:hs")).toBe("@ana:hs");
    expect(localpart("@ana:hs")).toBe("ana");
    expect(localpart("bot")).toBe("bot");
  });
  it("has one colour of eight, always the same", () => {
    expect(colourOf("@ana:hs")).toBe(colourOf("@ana:hs"));
    for (const name of ["a", "ü", "🎈", ""]) expect(colourOf(name)).toBeLessThan(8);
  });
  it("has initials, whatever the name is", () => {
    expect(initials("Ana Maria Lopez")).toBe("AL");
    expect(initials("ben")).toBe("B");
    expect(initials("  (zoë) ")).toBe("Z");
    expect(initials("🎈")).toBe("?");
    expect(initials("")).toBe("?");
    expect(initials("李 小龙")).toBe("李小");
  });
});

describe("the address", () => {
  it("is a link, a room, or nothing", () => {
    expect(routeOf("#/link/abc-1")).toEqual({ tag: "link", code: "abc-1" });
    expect(routeOf(roomHash("!x/y:hs"))).toEqual({ tag: "room", roomId: "!x/y:hs" });
    for (const odd of ["#/link/", "#/room/%E0%A4%A", "#/else/x", "#?x=1"])
      expect(routeOf(odd)).toEqual({ tag: "nowhere" });
  });
});

describe("times", () => {
  it("run as a clock", () => {
    expect([0, 7_000, 750_000, 3_723_000, -5].map(clock)).toEqual([
      "0:00",
      "0:07",
      "12:30",
      "1:02:03",
      "0:00",
    ]);
  });
  it("are read as durations", () => {
    expect([0, 40, 61, 720, 3600, 7500].map(duration)).toEqual([
      "0 s",
      "40 s",
      "1 min",
      "12 min",
      "1 h",
      "2 h 5 min",
    ]);
    expect(duration(3599)).toBe("1 h");
  });
  it("between tries grow to half a minute, and are never shorter than the server asks", () => {
    expect([1, 2, 3, 6, 60].map((attempt) => backoffMs(attempt, 0))).toEqual([
      1000, 2000, 4000, 30_000, 30_000,
    ]);
    expect(backoffMs(3, 1)).toBe(3000);
    expect(backoffMs(1, 0, 9000)).toBe(9000);
  });
});

describe("loudness", () => {
  it("is decibels below full scale", () => {
    expect(decibels(new Float32Array(64))).toBe(SILENCE_DB);
    expect(decibels(new Float32Array(64).fill(1))).toBe(0);
    expect(decibels(new Float32Array(64).fill(0.1))).toBeCloseTo(-20);
    expect([fraction(-100), fraction(-50), fraction(0), fraction(9)]).toEqual([0, 0.5, 1, 1]);
  });
  it("lights the ring at once, and lets it go after a breath", () => {
    const loud = hear(QUIET, -20, 1000);
    expect(loud.on).toBe(true);
    expect(hear(loud, -90, 1200).on).toBe(true);
    expect(hear(loud, -90, 1300).on).toBe(false);
    expect(hear(QUIET, -60, 0).on).toBe(false);
  });
});

describe("a grid", () => {
  it("makes the tiles nearly as large as it can, and puts them side by side", () => {
    expect(columnsFor(2, 970, 650)).toBe(2);
    expect(columnsFor(5, 970, 650)).toBe(3);
    expect(columnsFor(12, 970, 650)).toBe(4);
    expect(columnsFor(12, 370, 600)).toBe(2);
    expect(columnsFor(1, 1000, 700)).toBe(1);
    expect(columnsFor(4, 1000, 700)).toBe(2);
    expect(columnsFor(2, 390, 700)).toBe(1);
    expect(columnsFor(3, 2000, 300)).toBe(3);
    expect(columnsFor(5, 0, 0)).toBe(1);
  });
});

describe("the people", () => {
  const ana = view("ana", { joinedAt: 3 });
  const ben = view("ben", { joinedAt: 1, camera: true });
  const me = view("me", { joinedAt: 0, isLocal: true, camera: true });
  const names = (people: readonly ParticipantView[]) => people.map(({ userId }) => userId);

  it("are listed by name, and stand on the stage with oneself last", () => {
    expect(names(byName([me, ben, ana], "en"))).toEqual(["@ana:hs", "@ben:hs", "@me:hs"]);
    expect(names(forStage([me, ana, ben]))).toEqual(["@ben:hs", "@ana:hs", "@me:hs"]);
  });
  it("are in a grid until somebody shares a screen", () => {
    expect(stageOf([ana, ben], null).spotlight).toBeNull();
    const sharing = { ...ana, screen: true };
    const { spotlight, others } = stageOf([me, sharing, ben], null);
    expect(spotlight).toEqual({ person: sharing, source: "screen" });
    expect(others).toHaveLength(3);
  });
  it("see the screen of another before their own, and what they pinned before all", () => {
    const mine = { ...me, screen: true };
    const theirs = { ...ben, screen: true };
    expect(stageOf([mine, theirs], null).spotlight?.person.userId).toBe("@ben:hs");
    expect(stageOf([mine], null).spotlight?.person.userId).toBe("@me:hs");
    const pin = { identity: ana.identity, source: "camera" as const };
    expect(stageOf([ana, theirs], pin).spotlight?.person.userId).toBe("@ana:hs");
    // Who was pinned has left.
    expect(stageOf([ben], pin).spotlight).toBeNull();
  });
  it("come from the roster while one is outside", () => {
    const entry = {
      userId: "@ana:hs",
      deviceId: "D",
      joinedAt: 5,
      muted: true,
      deafened: false,
      video: true,
      screen: false,
      hand: true,
    };
    const call = { callId: "c", startedAt: 5, startedBy: "@ana:hs", count: 1, roster: [entry] };
    const channel = {
      enabled: true,
      userLimit: 0,
      bitrate: 64_000,
      status: "",
      locked: false,
      mediaEncryption: false,
    };
    const room = { roomId: "!r", name: "R", channel, call, names: {}, mayModerate: false };
    expect(peopleOf(null)).toEqual([]);
    expect(peopleOf(room)[0]).toMatchObject({
      identity: "@ana:hs:D",
      name: "ana",
      muted: true,
      camera: true,
      hand: true,
    });
    expect(peopleOf(room, "@ana:hs:D")[0]?.isLocal).toBe(true);
    expect(peopleOf(room, "@ana:hs:E")[0]?.isLocal).toBe(false);
    const held = { muted: true, deafened: false };
    expect(heldOf({ ...room, call: { ...call, roster: [{ ...entry, held }] } }, "@ana:hs")).toBe(
      held,
    );
    expect(heldOf(room, "@ben:hs")).toEqual({ muted: false, deafened: false });
    const puppet = "@_voice_ana=3ahs:hs:LINK1";
    const known = { ...call, roster: [{ ...entry, identities: [puppet, "hash"] }] };
    for (const identity of [puppet, "hash"])
      expect(personOf({ ...room, call: known }, identity, "Ana (link)").userId).toBe("@ana:hs");
    expect(personOf(room, puppet, "").userId).toBe("@_voice_ana=3ahs:hs");
    expect(peopleOf({ ...room, names: { "@ana:hs": "Ana" } })[0]?.name).toBe("Ana");
  });
});

describe("what is announced", () => {
  const ana = view("ana");
  const ben = view("ben");
  it("is what changed between two looks", () => {
    const after = [{ ...ben, screen: true, hand: true }, view("cleo")];
    expect(changesOf([ana, ben], after).map(({ kind }) => kind)).toEqual([
      "sharing",
      "hand",
      "joined",
      "left",
    ]);
    expect(changesOf([ana], [ana])).toEqual([]);
    expect(changesOf([{ ...ana, screen: true }], [ana])[0]?.kind).toBe("stopped-sharing");
  });
  it("is one sentence for many arrivals", () => {
    const changes = changesOf([], [view("Ana"), view("Ben"), view("Cleo")]);
    expect(spoken(changes, "all", text.announce)).toBe("Ana, Ben and Cleo joined.");
    expect(spoken(changes, "own", text.announce)).toBe("");
    expect(spoken(changes, "none", text.announce)).toBe("");
  });
  it("tells one's own notes, and not oneself as another", () => {
    const own = changesOf([], [view("me", { isLocal: true, screen: true })]);
    expect(spoken(own, "all", text.announce)).toBe("");
    const note = { kind: "note", text: "You left.", own: true } as const;
    expect(spoken([note], "own", text.announce)).toBe("You left.");
  });
  it("tells screens and hands by name", () => {
    const told = changesOf([ana], [{ ...ana, screen: true, hand: true }]);
    expect(spoken(told, "all", text.announce)).toBe("ana is sharing a screen. ana raised a hand.");
    const stopped = changesOf([{ ...ana, screen: true }], []);
    expect(spoken(stopped, "all", text.announce)).toBe("ana left.");
  });
});

describe("network figures", () => {
  const counters = { at: 0, packets: 0, lost: 0, bytes: 0, jitter: null, roundTrip: null };
  it("are differences, and start anew with the counters", () => {
    const later = {
      ...counters,
      at: 2000,
      packets: 95,
      lost: 5,
      bytes: 8000,
      jitter: 0.004,
      roundTrip: 0.03,
    };
    expect(figures(counters, later)).toEqual({
      loss: 0.05,
      bitsPerSecond: 32_000,
      jitterMs: 4,
      roundTripMs: 30,
    });
    expect(figures(null, later)).toMatchObject({ loss: 0, bitsPerSecond: 0 });
    expect(figures(later, { ...counters, at: 4000 })).toMatchObject({ loss: 0, bitsPerSecond: 0 });
  });
});

describe("problems", () => {
  it("all have words, and pass or not", () => {
    for (const code of PROBLEMS) {
      expect(text.problems[code].title).not.toBe("");
      expect(passesByItself(problem(code))).toBeTypeOf("boolean");
    }
    expect(passesByItself(problem("FULL"))).toBe(false);
    expect(passesByItself(problem("SFU_UNAVAILABLE"))).toBe(true);
  });
  it("come out of whatever was thrown", () => {
    expect(problemOf(new VoiceError(problem("LOCKED", "no")))).toEqual(problem("LOCKED", "no"));
    expect(problemOf(new Error("odd"))).toEqual(problem("UNEXPECTED", "odd"));
    expect(problemOf("odd").code).toBe("UNEXPECTED");
  });
  it("name the browser whose permission button is meant", () => {
    expect(browserOf("Mozilla/5.0 … Gecko/20100101 Firefox/140.0")).toBe("firefox");
    expect(browserOf("… AppleWebKit/537.36 Chrome/140.0 Safari/537.36")).toBe("chrome");
    expect(browserOf("… AppleWebKit/605 Version/18 Safari/605")).toBe("safari");
    expect(browserOf("curl")).toBe("other");
  });
});
