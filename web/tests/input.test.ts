import { describe, expect, it } from "vitest";
import {
  actionOf,
  belongsToControl,
  canBind,
  DEFAULT_KEYS,
  isTyping,
  keyName,
  shownKey,
} from "../src/lib/keys";
import { WATCH, type Watch, watch } from "../src/lib/microphone-watch";
import { CLOSED, push, type PushToTalk } from "../src/lib/push-to-talk";
import { DEFAULT_SETTINGS, readSettings, volumeOf } from "../src/lib/settings";

const press = (key: string, more = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  isComposing: false,
  repeat: false,
  ...more,
});

describe("shortcuts", () => {
  it("are single keys, not held down, without a modifier", () => {
    expect(actionOf(press("m"), DEFAULT_KEYS)).toBe("mute");
    expect(actionOf(press("M"), DEFAULT_KEYS)).toBe("mute");
    expect(actionOf(press("?"), DEFAULT_KEYS)).toBe("help");
    for (const more of [{ ctrlKey: true }, { metaKey: true }, { altKey: true }, { repeat: true }])
      expect(actionOf(press("m", more), DEFAULT_KEYS)).toBeNull();
    expect(actionOf(press("x"), DEFAULT_KEYS)).toBeNull();
    // "leave" has no key, and so is not had by a key without a name.
    expect(actionOf(press(""), DEFAULT_KEYS)).toBeNull();
  });
  it("leave alone where people type, and the space bar of a button", () => {
    document.body.innerHTML = `<input id="t"><input id="r" type="range"><button id="b"><i id="i"></i></button><p contenteditable id="e"></p>`;
    const at = (id: string) => document.getElementById(id);
    expect([at("t"), at("e")].map(isTyping)).toEqual([true, true]);
    expect([at("r"), at("b"), null].map(isTyping)).toEqual([false, false, false]);
    expect(belongsToControl(at("i"), " ")).toBe(true);
    expect(belongsToControl(at("r"), "ArrowLeft")).toBe(true);
    expect(belongsToControl(at("b"), "m")).toBe(false);
    expect(belongsToControl(document.body, " ")).toBe(false);
  });
  it("cannot be the keys that pages need", () => {
    expect(["Tab", "Escape", "Enter", "Shift", "Meta"].some(canBind)).toBe(false);
    expect(["m", "F8", " "].every(canBind)).toBe(true);
    expect([keyName(" "), keyName("K"), keyName("F8")]).toEqual(["Space", "k", "F8"]);
    expect([shownKey("m"), shownKey("Space")]).toEqual(["M", "Space"]);
  });
});

describe("push to talk", () => {
  const held: PushToTalk = { tag: "held" };
  it("is open while the key is down, and for the release delay after it", () => {
    expect(push(CLOSED, "down", 0, 200)).toEqual(held);
    const closing = push(held, "up", 100, 200);
    expect(closing).toEqual({ tag: "closing", at: 300 });
    expect(push(closing, "tick", 299, 200)).toBe(closing);
    expect(push(closing, "tick", 300, 200)).toEqual(CLOSED);
    expect(push(closing, "down", 150, 200)).toEqual(held);
    expect(push(held, "up", 100, 0)).toEqual(CLOSED);
  });
  it("closes at once when the key-up may be lost, delay or not", () => {
    for (const state of [held, { tag: "closing", at: 9 } as const, CLOSED])
      expect(push(state, "lost", 0, 2000)).toEqual(CLOSED);
    expect(push(CLOSED, "up", 0, 200)).toEqual(CLOSED);
    expect(push(held, "tick", 9999, 200)).toEqual(held);
  });
});

describe("the microphone's watch", () => {
  const run = (heard: (at: number) => { db: number; muted: boolean }, forMs: number): Watch => {
    let state = WATCH;
    for (let now = 0; now <= forMs; now += 60) state = watch(state, { ...heard(now), now });
    return state;
  };
  it("tells who talks while muted, and not who coughs", () => {
    expect(run(() => ({ db: -20, muted: true }), 600).talkingWhileMuted).toBe(true);
    expect(run(() => ({ db: -20, muted: true }), 300).talkingWhileMuted).toBe(false);
    expect(run(() => ({ db: -20, muted: false }), 900).talkingWhileMuted).toBe(false);
    const words = (at: number) => ({ db: at % 300 < 180 ? -20 : -80, muted: true });
    expect(run(words, 900).talkingWhileMuted).toBe(true);
    const then = (at: number) => ({ db: at < 600 ? -20 : -80, muted: true });
    expect(run(then, 2400).talkingWhileMuted).toBe(true);
    expect(run(then, 4200).talkingWhileMuted).toBe(false);
  });
  it("tells a dead microphone, and not a quiet room", () => {
    expect(run(() => ({ db: -100, muted: false }), 8100).dead).toBe(true);
    expect(run(() => ({ db: -100, muted: false }), 7000).dead).toBe(false);
    expect(run(() => ({ db: -75, muted: false }), 9000).dead).toBe(false);
  });
});

describe("settings from the browser", () => {
  it("are the defaults where there are none, or nonsense", () => {
    for (const raw of [
      {},
      null,
      7,
      "x",
      [],
      { noise: "loud", gateDb: 12, keys: 3, people: { a: 1 } },
    ])
      expect(readSettings(raw)).toEqual(DEFAULT_SETTINGS);
  });
  it("keep what is good beside what is bad", () => {
    const read = readSettings({
      noise: "rnnoise",
      gateDb: -400,
      pushKey: "Tab",
      keys: { mute: "x" },
    });
    expect(read.noise).toBe("rnnoise");
    expect(read.gateDb).toBe(-55);
    expect(read.pushKey).toBe("Space");
    expect(read.keys).toEqual({ ...DEFAULT_KEYS, mute: "x" });
  });
  it("know the volume of a person", () => {
    const read = readSettings({ people: { "@a:hs": { volume: 1.5, muted: true } } });
    expect(volumeOf(read, "@a:hs")).toEqual({ volume: 1.5, muted: true });
    expect(volumeOf(read, "@b:hs")).toEqual({ volume: 1, muted: false });
  });
});
