import { beforeEach, describe, expect, it } from "vitest";
import { DEFAULT_KEYS } from "../src/lib/keys";
import { DEFAULT_SETTINGS } from "../src/lib/settings";
import { loadSettings, saveSettings } from "../src/services/settings-storage";
import {
  bindKey,
  changeSettings,
  replaceSettings,
  setPersonalVolume,
  useSettingsStore,
} from "../src/stores/settings-store";
import {
  closeDialog,
  openDialog,
  showPeople,
  togglePin,
  useViewStore,
} from "../src/stores/view-store";
import { dismiss, notify, useVoiceStore } from "../src/stores/voice-store";

describe("settings", () => {
  beforeEach(() => {
    localStorage.clear();
    replaceSettings(DEFAULT_SETTINGS);
  });
  const now = useSettingsStore.getState;

  it("outlive the page", () => {
    changeSettings({ noise: "rnnoise", gateDb: -30 });
    setPersonalVolume("@a:hs", { volume: 0.5 });
    saveSettings(() => localStorage, now());
    expect(loadSettings(() => localStorage)).toEqual(now());
  });
  it("are the defaults where storage is broken or forbidden", () => {
    localStorage.setItem("haos-voice.settings", "{");
    expect(loadSettings(() => localStorage)).toEqual(DEFAULT_SETTINGS);
    const forbidden = () => {
      throw new DOMException("no", "SecurityError");
    };
    expect(loadSettings(forbidden)).toEqual(DEFAULT_SETTINGS);
    expect(() => saveSettings(forbidden, DEFAULT_SETTINGS)).not.toThrow();
  });
  it("keep a volume until it is plain again", () => {
    setPersonalVolume("@a:hs", { muted: true });
    setPersonalVolume("@b:hs", { volume: 2 });
    expect(now().people).toEqual({
      "@a:hs": { volume: 1, muted: true },
      "@b:hs": { volume: 2, muted: false },
    });
    setPersonalVolume("@a:hs", { muted: false });
    expect(Object.keys(now().people)).toEqual(["@b:hs"]);
  });
  it("give a key to one action only", () => {
    expect(bindKey("deafen", "m")).toBe("mute");
    expect(now().keys).toEqual({ ...DEFAULT_KEYS, deafen: "m", mute: "" });
    expect(bindKey("camera", "")).toBeNull();
    expect(now().keys.mute).toBe("");
    expect(now().keys.leave).toBe("");
  });
});

describe("the view", () => {
  it("has one dialog, and one pin that goes with a second click", () => {
    openDialog({ tag: "help" });
    expect(useViewStore.getState().dialog).toEqual({ tag: "help" });
    closeDialog();
    expect(useViewStore.getState().dialog).toBeNull();
    const pin = { identity: "@a:hs:D", source: "screen" } as const;
    togglePin(pin);
    togglePin({ ...pin, source: "camera" });
    expect(useViewStore.getState().pin).toEqual({ ...pin, source: "camera" });
    togglePin({ ...pin, source: "camera" });
    expect(useViewStore.getState().pin).toBeNull();
    showPeople(true);
    expect(useViewStore.getState().peopleShown).toBe(true);
  });
});

describe("a notice", () => {
  it("is closed only by its own timer", () => {
    notify("info", "one");
    const first = useVoiceStore.getState().notice!.id;
    notify("warning", "two");
    dismiss(first);
    expect(useVoiceStore.getState().notice?.text).toBe("two");
    dismiss(first + 1);
    expect(useVoiceStore.getState().notice).toBeNull();
  });
});
