/** The client on its own: from the login to the running account, and out again. */
import { LoginError, type LoginWays, returnedIn } from "../../lib/login";
import type { Phase, Trouble } from "../../lib/phase";
import { problemOf } from "../../lib/problem";
import type { Rooms } from "../../lib/rooms";
import { type Site, SiteSchema } from "../../lib/site";
import type { Timeline } from "../../lib/timeline";
import type { Api } from "../api";
import type { Engine } from "../engine";
import type { Host } from "../host/host";
import { createStandaloneHost } from "../host/standalone";
import { type Account, createAccount } from "./account";
import { keepSession, keptSession, type MatrixSession } from "./kept-session";
import { comeBack, leaveForOAuth, leaveForSso, waysOf, withPassword } from "./login";
import { holdAccount } from "./one-tab";
import { createStatus, type Status } from "./status";

type StandaloneReport = {
  onPhase: (phase: Phase) => void;
  onRooms: (rooms: Rooms) => void;
  onTimeline: (timeline: Timeline | null) => void;
  onOnline: (online: boolean) => void;
  /** The account runs: this room is to be shown, if any. */
  onOpen: (roomId: string | null) => void;
};

export type Standalone = {
  begin: () => Promise<void>;
  /** From the other page. */
  useHere: () => Promise<void>;
  waysOf: (homeserver: string) => Promise<LoginWays>;
  /** Rejects with a `LoginError`, as the next two do. */
  logIn: (homeserver: string, user: string, password: string) => Promise<void>;
  leaveForSso: (homeserver: string, providerId: string | null) => void;
  leaveForOAuth: (homeserver: string) => Promise<void>;
  logOut: () => Promise<void>;
  account: () => Account | null;
  engine: () => Engine | null;
  /** null: the bridge does it, or nobody is logged in. */
  status: () => Status | null;
};

type Needs = {
  /** Of the page's own folder, and of the bridge's API. */
  page: Api;
  bridge: Api;
  /** Of another base address. */
  apiOf: (base: string) => Api;
  engineFor: (host: Host) => Engine;
  /** How the session is called in the list of one's devices. */
  deviceName: string;
  /** The room of the address. */
  roomId: string | null;
  report: StandaloneReport;
};

export const createStandalone = (needs: Needs): Standalone => {
  const { report } = needs;
  let site: Site | null = null;
  let account: Account | null = null;
  let engine: Engine | null = null;
  let status: Status | null = null;
  let wanted = needs.roomId;

  const askToLogIn = (trouble: Trouble | null) => {
    if (site !== null) report.onPhase({ tag: "login", site, trouble });
  };

  const stop = () => {
    void engine?.leave();
    account?.stop();
    account = null;
  };

  const run = async (session: MatrixSession, where: Site) => {
    report.onPhase({ tag: "loading" });
    const running = createAccount(session, where.bot, {
      onRooms: report.onRooms,
      onTimeline: report.onTimeline,
      onOnline: report.onOnline,
      onEnded: () => {
        stop();
        askToLogIn({ why: "ENDED", detail: "" });
      },
    });
    account = running;
    await running.start();
    if (!isRunning(running)) return;
    const { client } = running;
    engine = needs.engineFor(
      createStandaloneHost({
        client,
        bot: where.bot,
        serviceUrl: where.serviceUrl,
        api: needs.bridge,
        apiOf: needs.apiOf,
        rooms: running.rooms,
        onRooms: running.onRooms,
      }),
    );
    await engine.open();
    if (!where.showsStatus) {
      status = createStatus(client, localStorage);
      status.clear(); // of a page that ended in a call
    }
    report.onPhase({ tag: "open", userId: session.userId, deviceId: session.deviceId });
    report.onOpen(wanted);
  };

  /** Logged out, or taken over, while it was starting. */
  const isRunning = (running: Account): boolean => account === running;

  const proceed = async () => {
    try {
      site ??= await needs.page.get("/config.json", SiteSchema);
      const fresh = await returnedSession();
      const session = fresh ?? (await keptSession());
      if (session === null) askToLogIn(null);
      else await run(session, site);
    } catch (error) {
      if (error instanceof LoginError) askToLogIn({ why: error.failure, detail: error.detail });
      else report.onPhase({ tag: "failed", problem: problemOf(error) });
    }
  };

  const returnedSession = async (): Promise<MatrixSession | null> => {
    const returned = returnedIn(location.search, location.hash);
    if (returned === null) return null;
    // What is in the address opens the account: out of the history before anything else.
    history.replaceState(null, "", location.pathname);
    const { session, roomId } = await comeBack(returned, needs.deviceName);
    wanted = roomId;
    await keepSession(session);
    return session;
  };

  const takeHold = async (take: boolean) => {
    if (!isSecureContext) {
      report.onPhase({ tag: "insecure" });
      return;
    }
    const onLost = () => {
      stop();
      report.onPhase({ tag: "elsewhere" });
    };
    if (await holdAccount(take, onLost)) await proceed();
    else report.onPhase({ tag: "elsewhere" });
  };

  return {
    begin: async () => takeHold(false),
    useHere: async () => {
      report.onPhase({ tag: "starting" });
      await takeHold(true);
    },
    waysOf,
    logIn: async (homeserver, user, password) => {
      const { deviceName } = needs;
      const session = await withPassword(homeserver, { user, password, deviceName });
      await keepSession(session);
      if (site !== null) await run(session, site);
    },
    leaveForSso: (homeserver, providerId) => leaveForSso(homeserver, providerId, wanted),
    leaveForOAuth: async (homeserver) => leaveForOAuth(homeserver, needs.deviceName, wanted),
    logOut: async () => {
      await engine?.leave();
      status?.clear();
      const leaving = account;
      account = null;
      const ended = (await leaving?.logOut()) ?? true;
      wanted = null;
      askToLogIn(
        ended ? null : { why: "NOT_ENDED_THERE", detail: leaving?.client.getDeviceId() ?? "" },
      );
    },
    account: () => account,
    engine: () => engine,
    status: () => status,
  };
};
