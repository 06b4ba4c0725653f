import { act, cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import axe from "axe-core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { HomePage } from "../src/components/standalone/home-page";
import { LoginPage } from "../src/components/standalone/login-page";
import { EngineContext } from "../src/hooks/engine-context";
import { StandaloneContext } from "../src/hooks/standalone-context";
import { LoginError, type LoginWays } from "../src/lib/login";
import type { RoomSnapshot } from "../src/lib/model";
import { problem, VoiceError } from "../src/lib/problem";
import type { RoomView } from "../src/lib/rooms";
import { DEFAULT_SETTINGS } from "../src/lib/settings";
import type { Message } from "../src/lib/timeline";
import type { Standalone } from "../src/services/matrix/standalone";
import { resetAccount, updateAccount } from "../src/stores/account-store";
import { replaceSettings } from "../src/stores/settings-store";
import { resetVoice, updateVoice } from "../src/stores/voice-store";
import { silentEngine } from "./engine";

vi.stubGlobal(
  "ResizeObserver",
  class {
    observe = () => undefined;
    disconnect = () => undefined;
    unobserve = () => undefined;
  },
);
Object.defineProperty(navigator, "mediaDevices", {
  configurable: true,
  value: {
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    enumerateDevices: async () => Promise.resolve([]),
  },
});

const site = {
  serverName: "hs",
  homeservers: ["https://matrix.hs"],
  bot: "@voice:hs",
  showsStatus: false,
  serviceUrl: "",
};
const PASSWORD: LoginWays = { password: true, oauth: false, sso: [] };

let asked: string[] = [];
const standalone = (change: Partial<Standalone> = {}): Standalone => {
  const note = (what: string) => asked.push(what);
  return {
    begin: async () => Promise.resolve(),
    useHere: async () => Promise.resolve(),
    waysOf: async () => Promise.resolve(PASSWORD),
    logIn: async (homeserver, user, password) => {
      note(`log in ${homeserver} ${user} ${password}`);
      return Promise.resolve();
    },
    leaveForSso: (_homeserver, id) => note(`sso ${String(id)}`),
    leaveForOAuth: async () => Promise.resolve(void note("oauth")),
    logOut: async () => Promise.resolve(void note("log out")),
    forget: async () => Promise.resolve(void note("forget")),
    account: () =>
      ({
        openTimeline: (id: string) => note(`timeline ${id}`),
        accept: async (id: string) => Promise.resolve(void note(`accept ${id}`)),
        timeline: () => ({
          send: async (body: string, to: string | null) =>
            Promise.resolve(void note(`send ${body} ${String(to)}`)),
          older: async () => Promise.resolve(void note("older")),
          again: (id: string) => note(`again ${id}`),
          discard: (id: string) => note(`discard ${id}`),
        }),
      }) as unknown as ReturnType<Standalone["account"]>,
    engine: () => silentEngine(asked),
    status: () => null,
    ...change,
  };
};
const faults = async () => {
  const { violations } = await axe.run(document.body, {
    rules: { "color-contrast": { enabled: false } },
  });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
};

beforeEach(() => {
  asked = [];
  resetVoice();
  resetAccount();
  replaceSettings(DEFAULT_SETTINGS);
});
afterEach(cleanup);

describe("the login", () => {
  const open = async (change: Partial<Standalone> = {}) => {
    render(
      <StandaloneContext value={standalone(change)}>
        <LoginPage site={site} trouble={null} user={null} />
      </StandaloneContext>,
    );
    await act(async () => Promise.resolve());
  };

  it("takes a name and a password, and says what is wrong with them", async () => {
    const logIn = vi
      .fn<Standalone["logIn"]>()
      .mockRejectedValueOnce(new LoginError("WRONG_PASSWORD"))
      .mockResolvedValueOnce();
    await open({ logIn });
    expect(screen.getByText("With your account on hs")).toBeTruthy();
    expect(await faults()).toEqual([]);
    await userEvent.type(screen.getByLabelText("User name"), "ana");
    await userEvent.type(screen.getByLabelText("Password"), "secret{Enter}");
    expect(screen.getByRole("alert").textContent).toContain("wrong");
    await userEvent.click(screen.getByRole("button", { name: "Log in" }));
    expect(logIn).toHaveBeenLastCalledWith("https://matrix.hs", "ana", "secret");
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("offers what the homeserver offers", async () => {
    const sso = [
      { id: "gh", name: "GitHub" },
      { id: "gl", name: "GitLab" },
    ];
    await open({
      waysOf: async () => Promise.resolve({ password: false, oauth: false, sso }),
    });
    expect(screen.queryByLabelText("Password")).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: "Continue with GitLab" }));
    expect(asked).toEqual(["sso gl"]);
    cleanup();
    await open({ waysOf: async () => Promise.resolve({ password: false, oauth: true, sso: [] }) });
    await userEvent.click(screen.getByRole("button", { name: "Continue to hs" }));
    expect(asked).toContain("oauth");
  });

  it("says that the server does not answer, and asks again", async () => {
    const waysOf = vi
      .fn<Standalone["waysOf"]>()
      .mockRejectedValueOnce(new LoginError("UNREACHABLE"))
      .mockResolvedValueOnce(PASSWORD);
    await open({ waysOf });
    expect(screen.getByRole("alert").textContent).toContain("does not answer");
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(screen.getByLabelText("Password")).toBeTruthy();
  });
});

describe("at home", () => {
  const entry = {
    userId: "@ben:hs",
    deviceId: "D",
    joinedAt: 1,
    muted: true,
    deafened: true,
    video: true,
    screen: true,
    hand: false,
  };
  const voice = (roomId: string, name: string): RoomSnapshot => ({
    roomId,
    name,
    channel: {
      enabled: true,
      userLimit: 2,
      bitrate: 64_000,
      status: "Tea",
      locked: false,
      mediaEncryption: false,
    },
    call: { callId: "c", startedAt: 1, startedBy: "@ben:hs", count: 3, roster: [entry] },
    names: { "@ben:hs": "Ben" },
    mayModerate: false,
  });
  const view = (roomId: string, name: string, change: Partial<RoomView> = {}): RoomView => ({
    roomId,
    name,
    kind: "voice",
    membership: "join",
    inviter: null,
    encrypted: false,
    unread: 0,
    mentions: 0,
    readAt: 0,
    activeAt: 0,
    children: [],
    voice: voice(roomId, name),
    ...change,
  });
  const session = { roomId: "", userId: "@ana:hs", deviceId: "D", name: "Ana" };

  const open = (change: Partial<Standalone> = {}) => {
    const all = [
      view("!a", "Attic"),
      view("!b", "Barn", { unread: 2 }),
      view("!t", "Talk", { kind: "text", voice: null, encrypted: true }),
      view("!i", "Inn", { kind: "text", voice: null, membership: "invite", inviter: "Ben" }),
    ];
    updateVoice({ access: { tag: "open", session } });
    updateAccount({ rooms: new Map(all.map((one) => [one.roomId, one])) });
    render(
      <StandaloneContext value={standalone(change)}>
        <EngineContext value={silentEngine(asked)}>
          <HomePage />
        </EngineContext>
      </StandaloneContext>,
    );
  };
  const row = (roomId: string) => {
    const found = document.querySelector<HTMLElement>(`[data-channel="${roomId}"]`);
    if (found === null) throw new Error(`no channel ${roomId}`);
    return within(found);
  };

  it("lists channels with who is in them, and how they are", async () => {
    open();
    const attic = row("!a");
    expect(attic.getByText("Ben")).toBeTruthy();
    for (const state of ["muted", "deafened", "camera on", "sharing a screen"])
      expect(attic.getByTitle(state)).toBeTruthy();
    expect(attic.getByText("3/2").getAttribute("data-full")).toBe("true");
    expect(attic.getByText("and 2 more")).toBeTruthy();
    const chat = row("!b").getByRole("button", { name: "Messages of Barn" });
    expect(chat.getAttribute("aria-description")).toBe("2 new messages");
    expect(await faults()).toEqual([]);
  });

  it("looks at a channel from outside; from a call, a click moves there", async () => {
    open();
    await userEvent.click(screen.getByRole("button", { name: "Barn" }));
    expect(asked).toContain("timeline !b");
    expect(asked).toContain("show !b");
    act(() => updateVoice({ connection: { tag: "in", since: 0 }, room: voice("!b", "Barn") }));
    await userEvent.click(screen.getByRole("button", { name: "Attic" }));
    expect(asked).toContain("enter !a");
    expect(screen.getByRole("button", { name: "Leave" })).toBeTruthy();
  });

  it("stays where it is when the other channel says no", async () => {
    const engine = { ...silentEngine(asked) };
    engine.enter = async () => Promise.reject(new VoiceError(problem("FULL")));
    open({ engine: () => engine });
    act(() => updateVoice({ connection: { tag: "in", since: 0 }, room: voice("!b", "Barn") }));
    await userEvent.click(screen.getByRole("button", { name: "Attic" }));
    expect(await screen.findByText("You stay where you are: This channel is full")).toBeTruthy();
  });

  it("accepts an invitation, and asks before it logs out", async () => {
    open();
    await userEvent.click(screen.getByRole("button", { name: "Join Inn" }));
    expect(asked).toContain("accept !i");
    await userEvent.click(screen.getByRole("button", { name: "Log out" }));
    expect(asked).not.toContain("log out");
    const dialog = within(screen.getByRole("dialog"));
    await userEvent.click(dialog.getByRole("button", { name: "Log out" }));
    expect(asked).toContain("log out");
  });

  const said = (id: string, change: Partial<Message> = {}): Message => ({
    id,
    userId: "@ben:hs",
    name: "Ben",
    ts: 1_790_000_000_000,
    own: false,
    kind: "text",
    body: `body of ${id}`,
    edited: false,
    replyTo: null,
    state: "sent",
    ...change,
  });

  it("reads and writes messages", async () => {
    open();
    const timeline = {
      roomId: "!t",
      messages: [
        said("$1"),
        said("$2", { replyTo: { id: "$1", name: "Ben", body: "body of $1" }, edited: true }),
        said("$3", { kind: "unreadable", body: "" }),
        said("$4", { state: "failed" }),
        said("$5", { kind: "redacted", body: "" }),
      ],
      more: true,
      loading: false,
      failed: false,
      mayNotWrite: null,
    };
    act(() => updateAccount({ roomId: "!t", timeline }));
    expect(screen.getByText("(edited)")).toBeTruthy();
    expect(screen.getByText(/cannot be read here/)).toBeTruthy();
    expect(screen.getByText("Message deleted")).toBeTruthy();
    expect(await faults()).toEqual([]);
    await userEvent.click(screen.getByRole("button", { name: "Load older messages" }));
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    await userEvent.click(screen.getAllByRole("button", { name: "Reply to Ben" })[0]!);
    const field = screen.getByRole("textbox", { name: "Message Talk" });
    expect(document.activeElement).toBe(field);
    await userEvent.type(field, "one{Shift>}{Enter}{/Shift}two{Enter}");
    await userEvent.type(field, "  {Enter}");
    expect(asked).toEqual(expect.arrayContaining(["older", "again $4", "send one\ntwo $1"]));
    expect(asked.filter((what) => what.startsWith("send"))).toHaveLength(1);
    act(() => updateAccount({ timeline: { ...timeline, mayNotWrite: "rights" } }));
    expect(screen.queryByRole("textbox")).toBeNull();
  });
});
