import { act, cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import axe from "axe-core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as v from "valibot";
import IncomingCall from "../src/components/rings/incoming-call";
import { MissedCalls } from "../src/components/rings/missed-calls";
import { EngineContext } from "../src/hooks/engine-context";
import { type Ring, ringing } from "../src/lib/rings";
import { DEFAULT_SETTINGS } from "../src/lib/settings";
import { RingNewsSchema } from "../src/services/api-schema";
import { resetRings, updateRings, useRingsStore } from "../src/stores/rings-store";
import { changeSettings, replaceSettings } from "../src/stores/settings-store";
import { resetVoice } from "../src/stores/voice-store";
import { silentEngine } from "./engine";

const NOW = 1_000_000;
const ring = (change: Partial<Ring> = {}): Ring => ({
  callId: "c1",
  roomId: "!r",
  name: "Lounge",
  by: "Ben",
  startedTs: NOW,
  expiresTs: NOW + 30_000,
  ...change,
});
const situation = { now: NOW, settled: new Set<string>(), insideOf: null };

describe("which call rings", () => {
  it("is the latest one that is not over", () => {
    const old = ring({ callId: "old", expiresTs: NOW });
    const later = ring({ callId: "later", startedTs: NOW + 1 });
    expect(ringing([], situation)).toBeNull();
    expect(ringing([old], situation)).toBeNull();
    expect(ringing([ring(), later, old], situation)).toBe(later);
  });

  it("is none that was answered here, nor the call that we are in", () => {
    expect(ringing([ring()], { ...situation, settled: new Set(["c1"]) })).toBeNull();
    expect(ringing([ring()], { ...situation, insideOf: "!r" })).toBeNull();
    expect(ringing([ring()], { ...situation, insideOf: "!other" })).not.toBeNull();
  });
});

describe("what the bridge says of rings", () => {
  const said = {
    call_id: "c1",
    room_id: "!r",
    room_name: "Lounge",
    caller: { user_id: "@ben:hs", name: "Ben" },
    started_ts: NOW,
    until_ts: NOW + 30_000,
    state: "ringing",
  };
  it("keeps those that ring now, and leaves alone what is not told of", () => {
    const news = v.parse(RingNewsSchema, {
      rings: [said, { ...said, call_id: "c2", state: "answered" }],
    });
    expect(news).toEqual({ rings: [ring({ byId: "@ben:hs" })] });
  });
  it("takes a caller without a name by their ID", () => {
    const caller = { user_id: "@ben:hs", name: null };
    const missed = [{ ...said, caller, ts: NOW }];
    expect(v.parse(RingNewsSchema, { missed }).missed?.[0]).toMatchObject({ by: "ben", at: NOW });
  });
});

describe("the incoming call", () => {
  let asked: string[] = [];
  const open = () => {
    asked = [];
    document.title = "Lounge";
    return render(
      <EngineContext value={silentEngine(asked)}>
        <IncomingCall />
        <MissedCalls />
      </EngineContext>,
    );
  };
  const call = (change: Partial<Ring> = {}) =>
    act(() => updateRings({ rings: [ring({ expiresTs: Date.now() + 30_000, ...change })] }));

  beforeEach(() => {
    resetRings();
    resetVoice();
    replaceSettings(DEFAULT_SETTINGS);
  });
  afterEach(() => {
    cleanup();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("says who calls and where, rings, and is answered", async () => {
    open();
    expect(screen.queryByRole("alert")).toBeNull();
    call();
    expect(screen.getByRole("alert").textContent).toBe("Ben is callingLounge");
    expect(asked.filter((what) => what.startsWith("ring"))).toHaveLength(1);
    expect(document.title).toBe("Ben is calling");
    const { violations } = await axe.run(document.body, {
      rules: { "color-contrast": { enabled: false }, region: { enabled: false } },
    });
    expect(violations).toEqual([]);
    await userEvent.click(screen.getByRole("button", { name: /Accept/ }));
    expect(asked.join()).toContain("accept c1");
    expect(screen.queryByRole("alert")).toBeNull();
    expect(asked.some((what) => what.startsWith("no ring"))).toBe(true);
    expect(document.title).toBe("Lounge");
  });

  it("is declined with the key, and stays quiet whatever the server still says", async () => {
    open();
    call();
    await userEvent.keyboard("r");
    expect(asked.join()).toContain("decline c1");
    call();
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("ends by itself", () => {
    vi.useFakeTimers();
    open();
    call({ expiresTs: Date.now() + 5000 });
    expect(screen.getByRole("alert")).toBeTruthy();
    act(() => {
      vi.advanceTimersByTime(6000);
    });
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("shows a notification only where it was wished, allowed, and the page is at the back", () => {
    const shown: string[] = [];
    class Shown {
      static readonly permission = "granted";
      onclick: (() => void) | null = null;
      constructor(title: string, { body }: NotificationOptions) {
        shown.push(`${title}: ${body ?? ""}`);
      }
      close() {
        shown.push("closed");
      }
    }
    vi.stubGlobal("Notification", Shown);
    const focus = vi.spyOn(document, "hasFocus").mockReturnValue(false);
    open();
    call();
    expect(shown).toEqual([]);
    act(() => changeSettings({ ringNotifications: true }));
    call({ callId: "c2" });
    expect(shown).toEqual(["Ben is calling: Lounge"]);
    act(() => updateRings({ rings: [] }));
    expect(shown.at(-1)).toBe("closed");
    focus.mockReturnValue(true);
    call({ callId: "c3" });
    expect(shown).toHaveLength(2);
  });

  it("lists missed calls", () => {
    open();
    act(() => updateRings({ missed: [{ ...ring(), at: NOW }] }));
    expect(screen.getByRole("heading", { name: "Missed calls" })).toBeTruthy();
    expect(screen.getByRole("listitem").textContent).toContain("From Ben · Lounge");
    expect(useRingsStore.getState().rings).toEqual([]);
  });
});
