import { act, cleanup, fireEvent, render, renderHook, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import axe from "axe-core";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { App } from "../src/app";
import { EngineContext } from "../src/hooks/engine-context";
import { usePushToTalk } from "../src/hooks/use-push-to-talk";
import type { RoomSnapshot } from "../src/lib/model";
import { problem } from "../src/lib/problem";
import { DEFAULT_SETTINGS } from "../src/lib/settings";
import { changeSettings, replaceSettings } from "../src/stores/settings-store";
import { closeDialog } from "../src/stores/view-store";
import { resetVoice, updateVoice } from "../src/stores/voice-store";
import { text } from "../src/strings/en";
import { silentEngine } from "./engine";

vi.stubGlobal(
  "ResizeObserver",
  class {
    observe = () => undefined;
    disconnect = () => undefined;
    unobserve = () => undefined;
  },
);

Object.defineProperty(window, "isSecureContext", { value: true });
Object.defineProperty(navigator, "mediaDevices", {
  configurable: true,
  value: {
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    enumerateDevices: async () => Promise.resolve([]),
  },
});

const entry = {
  userId: "@ben:hs",
  deviceId: "D",
  joinedAt: 1,
  muted: true,
  deafened: false,
  video: false,
  screen: false,
  hand: false,
};
const room: RoomSnapshot = {
  roomId: "!r",
  name: "Lounge",
  channel: {
    enabled: true,
    userLimit: 5,
    bitrate: 64_000,
    status: "Hi",
    locked: true,
    mediaEncryption: false,
  },
  call: { callId: "c", startedAt: Date.now(), startedBy: "@ben:hs", count: 1, roster: [entry] },
  names: { "@ben:hs": "Ben" },
  mayModerate: false,
};
const session = { roomId: "!r", userId: "@ana:hs", deviceId: "W", name: "Ana" };

let asked: string[] = [];
const open = () => {
  asked = [];
  updateVoice({ access: { tag: "open", session }, room });
  return render(<App engine={silentEngine(asked)} route={{ tag: "room", roomId: "!r" }} />);
};
/** What axe finds that needs no layout, which jsdom has not. */
const faults = async () => {
  const { violations } = await axe.run(document.body, {
    rules: { "color-contrast": { enabled: false } },
  });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
};

beforeEach(() => {
  resetVoice();
  replaceSettings(DEFAULT_SETTINGS);
  act(closeDialog);
});
afterEach(cleanup);

describe("the page", () => {
  it("shows who is there before joining, and joins with one click", async () => {
    open();
    expect(screen.getByText("Ben is here")).toBeTruthy();
    expect(screen.getByTitle("muted")).toBeTruthy();
    expect(await faults()).toEqual([]);
    await userEvent.click(screen.getByRole("button", { name: "Join voice" }));
    expect(asked).toContain("join");
  });

  it("by a link, says that a call with keys is none to join, and how else one may", async () => {
    const sealed = { ...room, channel: { ...room.channel, mediaEncryption: true } };
    updateVoice({ access: { tag: "open", session }, room: sealed });
    const engine = { ...silentEngine(), hasKeys: false };
    render(<App engine={engine} route={{ tag: "room", roomId: "!r" }} />);
    expect(screen.getByText("A link cannot take part in this call")).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Join voice" })).toBeNull();
    const logIn = screen.getByRole("link", { name: text.room.logIn });
    expect(logIn.getAttribute("href")).toBe("#/home/!r");
    expect(await faults()).toEqual([]);
    cleanup();
    render(<App engine={silentEngine()} route={{ tag: "room", roomId: "!r" }} />);
    expect(screen.getByText("Encrypted from end to end")).toBeTruthy();
    expect(screen.getByRole("button", { name: "Join voice" })).toBeTruthy();
  });

  it("in the call, says how it is encrypted, and what that means", async () => {
    updateVoice({ connection: { tag: "in", since: 0 } });
    open();
    await userEvent.click(screen.getByRole("button", { name: "Not encrypted" }));
    expect(await screen.findByText(/that server could hear and see it/u)).toBeTruthy();
    act(closeDialog);
    act(() => updateVoice({ sealed: { sends: true } }));
    await userEvent.click(screen.getByRole("button", { name: "Encrypted from end to end" }));
    expect(await screen.findByText(/Only the people in this call/u)).toBeTruthy();
    expect(await faults()).toEqual([]);
  });

  it("in the call, has controls whose names stay the same, and keys for them", async () => {
    updateVoice({ connection: { tag: "in", since: 0 } });
    open();
    const mute = screen.getByRole("button", { name: "Mute" });
    expect(mute.getAttribute("aria-pressed")).toBe("false");
    fireEvent.keyDown(document.body, { key: "m" });
    expect(asked).toContain("muted true");
    act(() => changeSettings({ shortcuts: false }));
    asked.length = 0;
    fireEvent.keyDown(document.body, { key: "m" });
    expect(asked).toEqual([]);
    expect(document.activeElement?.tagName).toBe("BODY");
    expect(await faults()).toEqual([]);
  });

  it("moves the focus to the channel on joining, and back on leaving", () => {
    open();
    act(() => updateVoice({ connection: { tag: "in", since: 0 } }));
    expect(document.activeElement?.id).toBe("channel-name");
    act(() => updateVoice({ connection: { tag: "out" } }));
    expect(document.activeElement?.textContent).toBe("Join voice");
  });

  it("counts down to the next try, and tells it at once", async () => {
    const retryAt = Date.now() + 9_500;
    updateVoice({
      connection: { tag: "waiting", attempt: 1, retryAt, problem: problem("SFU_UNAVAILABLE") },
    });
    open();
    expect(screen.getByText(/Trying again in (9|10) s/)).toBeTruthy();
    expect(screen.getByRole("alert").textContent).toBe("Connection lost. Trying again.");
    await userEvent.click(screen.getByRole("button", { name: "Try now" }));
    expect(asked.some((what) => what.startsWith("retry"))).toBe(true);
  });

  it.each([
    ["removed", "You were removed by a moderator", []],
    ["duplicate", "You joined from somewhere else", ["Take over here"]],
    ["closed", "The channel was closed", []],
  ] as const)("says why it is over: %s", async (why, title, buttons) => {
    updateVoice({ connection: { tag: "ended", why } });
    open();
    expect(screen.getByRole("heading", { name: title })).toBeTruthy();
    for (const name of buttons) expect(screen.getByRole("button", { name })).toBeTruthy();
    expect(await faults()).toEqual([]);
  });

  it("says who removed us, where that is known", () => {
    updateVoice({ connection: { tag: "ended", why: "removed", by: "Cal" } });
    open();
    expect(screen.getByRole("heading", { name: "You were removed by Cal" })).toBeTruthy();
    expect(screen.getByRole("alert").textContent).toBe("You were removed by Cal");
  });

  it("says that a link was used, and where a card leads", async () => {
    updateVoice({ access: { tag: "refused", problem: problem("LINK_SPENT") } });
    const { unmount } = render(<App engine={silentEngine()} route={{ tag: "link", code: "x" }} />);
    expect(screen.getByText("This link does not work any more")).toBeTruthy();
    unmount();
    render(<App engine={null} route={{ tag: "room", roomId: "!r:hs" }} />);
    expect(screen.getByText("!voice join")).toBeTruthy();
    expect(screen.getByRole("link", { name: /Matrix$/ }).getAttribute("href")).toBe(
      "https://matrix.to/#/!r%3Ahs",
    );
    expect(await faults()).toEqual([]);
  });

  it("opens the sheet of keys with ?, and gives the focus back", async () => {
    open();
    screen.getByRole("button", { name: "Join voice" }).focus();
    fireEvent.keyDown(document.body, { key: "?" });
    expect(
      await screen.findByRole("dialog", { name: "Keyboard shortcuts" }, { timeout: 30_000 }),
    ).toBeTruthy();
    await userEvent.keyboard("{Escape}");
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("opens the settings, and every part of them is in order", async () => {
    open();
    fireEvent.keyDown(document.body, { key: "," });
    await screen.findByRole("dialog", { name: "Settings" }, { timeout: 30_000 });
    for (const name of ["Voice", "Video", "Sounds", "Keys", "Look"]) {
      await userEvent.click(screen.getByRole("tab", { name }));
      expect(await faults()).toEqual([]);
    }
    await userEvent.click(screen.getByRole("tab", { name: "Keys" }));
    await userEvent.click(screen.getByRole("button", { name: /Change the key: Mute/ }));
    await userEvent.keyboard("x");
    expect(screen.getByRole("button", { name: "Change the key: Mute or unmute: X" })).toBeTruthy();
  }, 60_000);
});

describe("push to talk, on the page", () => {
  const hold = () => {
    asked = [];
    changeSettings({ inputMode: "push", pushReleaseMs: 0 });
    const wrapper = ({ children }: { children: ReactNode }) => (
      <EngineContext value={silentEngine(asked)}>{children}</EngineContext>
    );
    const hook = renderHook(() => usePushToTalk(true), { wrapper });
    vi.spyOn(document, "hasFocus").mockReturnValue(true);
    fireEvent.keyDown(document.body, { key: " " });
    expect(hook.result.current).toBe(true);
    return hook;
  };
  const closed = (hook: ReturnType<typeof hold>) => {
    expect(hook.result.current).toBe(false);
    expect(asked.at(-1)).toBe("key false");
  };

  it("closes with the key", () => {
    const hook = hold();
    fireEvent.keyUp(document.body, { key: " " });
    closed(hook);
  });
  it("closes when another window has the focus", () => {
    const hook = hold();
    fireEvent.blur(window);
    closed(hook);
  });
  it("closes when the page is hidden", () => {
    const hook = hold();
    vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    fireEvent(document, new Event("visibilitychange"));
    closed(hook);
  });
  it("closes when the focus is gone and nothing told so", async () => {
    const hook = hold();
    vi.spyOn(document, "hasFocus").mockReturnValue(false);
    await vi.waitFor(() => closed(hook));
  });
  it("closes when the component goes", () => {
    const hook = hold();
    hook.unmount();
    expect(asked.at(-1)).toBe("key false");
  });
  it("does not open while somebody types, or for the space bar of a button", () => {
    const hook = hold();
    fireEvent.keyUp(document.body, { key: " " });
    document.body.insertAdjacentHTML("beforeend", "<input id='t'><button id='b'></button>");
    for (const id of ["t", "b"]) fireEvent.keyDown(document.getElementById(id)!, { key: " " });
    expect(hook.result.current).toBe(false);
    document.getElementById("t")!.remove();
    document.getElementById("b")!.remove();
  });
});
