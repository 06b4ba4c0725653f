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
import {
  forgetSession,
  keepSession,
  keptSession,
  type LapsedSession,
  lapsedSession,
  type MatrixSession,
} from "./kept-session";
import { comeBack, leaveForOAuth, leaveForSso, waysOf, withPassword } from "./login";
import { pause } from "../pause";
import { holdAccount } from "./one-tab";
import { createStatus, type Status } from "./status";
import { clearStores, newStoreKey } from "./stores";

/** How long a logout waits for what others are still to be told. */
const FAREWELL_MS = 3000;

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
  /** Of a session that lapsed: what is kept of it here. */
  forget: () => Promise<void>;
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
  /** Waits for its person to log in again. */
  let lapsed: LapsedSession | null = null;

  const askToLogIn = (trouble: Trouble | null) => {
    if (site !== null)
      report.onPhase({ tag: "login", site, trouble, user: lapsed?.userId ?? null });
  };

  /** Out of the call, and deaf for whatever still comes: the next one here may be somebody else. */
  const letGo = async () => {
    const leaving = engine;
    engine = null;
    account = null;
    await Promise.race([leaving?.close(), pause(FAREWELL_MS)]);
  };

  /** What is kept in this browser is of one device: another one's goes first. */
  const settle = async (fresh: MatrixSession): Promise<MatrixSession> => {
    const goesOn = lapsed?.userId === fresh.userId && lapsed.deviceId === fresh.deviceId;
    if (!goesOn) await clearStores();
    const storeKey = goesOn ? lapsed?.storeKey : newStoreKey();
    const session = { ...fresh, ...(storeKey !== undefined && { storeKey }) };
    await keepSession(session);
    lapsed = null;
    return session;
  };

  const deviceAt = (homeserver: string): string | undefined =>
    lapsed?.homeserver === homeserver ? lapsed.deviceId : undefined;

  const run = async (session: MatrixSession, where: Site) => {
    report.onPhase({ tag: "loading" });
    const running = createAccount(session, where.bot, {
      onRooms: report.onRooms,
      onTimeline: report.onTimeline,
      onOnline: report.onOnline,
      onEnded: (isLapsed) => {
        if (!isRunning(running)) return;
        void letGo();
        void (async () => {
          lapsed = isLapsed ? await lapsedSession() : null;
          wanted = isLapsed ? running.openRoomId() : null;
          askToLogIn({ why: isLapsed ? "LAPSED" : "ENDED", detail: "" });
        })();
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
      void status.clear(); // of a page that ended in a call
    }
    report.onPhase({ tag: "open", userId: session.userId, deviceId: session.deviceId });
    report.onOpen(wanted);
  };

  /** Logged out, or taken over, while it was starting. */
  const isRunning = (running: Account): boolean => account === running;

  const proceed = async () => {
    try {
      site ??= await needs.page.get("/config.json", SiteSchema);
      lapsed = await lapsedSession();
      const fresh = await returnedSession();
      const session = fresh ?? (await keptSession());
      if (session !== null) await run(session, site);
      else askToLogIn(lapsed === null ? null : { why: "LAPSED", detail: "" });
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
    return settle(session);
  };

  const takeHold = async (take: boolean) => {
    if (!isSecureContext) {
      report.onPhase({ tag: "insecure" });
      return;
    }
    const onLost = () => {
      account?.stop();
      void letGo();
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
      const deviceId = deviceAt(homeserver);
      const fresh = await withPassword(homeserver, { user, password, deviceName, deviceId });
      const session = await settle(fresh);
      if (site !== null) await run(session, site);
    },
    leaveForSso: (homeserver, providerId) =>
      leaveForSso(homeserver, providerId, { roomId: wanted, deviceId: deviceAt(homeserver) }),
    leaveForOAuth: async (homeserver) =>
      leaveForOAuth(homeserver, needs.deviceName, {
        roomId: wanted,
        deviceId: deviceAt(homeserver),
      }),
    logOut: async () => {
      const leaving = account;
      const restored = status?.clear();
      await letGo();
      await Promise.race([restored, pause(FAREWELL_MS)]);
      status = null;
      const ended = (await leaving?.logOut()) ?? true;
      wanted = null;
      askToLogIn(
        ended ? null : { why: "NOT_ENDED_THERE", detail: leaving?.client.getDeviceId() ?? "" },
      );
    },
    forget: async () => {
      lapsed = null;
      wanted = null;
      await forgetSession();
      await clearStores();
      askToLogIn(null);
    },
    account: () => account,
    engine: () => engine,
    status: () => status,
  };
};
