/** The running client of an account: rooms as they change, and what a person does with them. */
import {
  ClientEvent,
  createClient,
  HttpApiEvent,
  type MatrixClient,
  type MatrixEvent,
  PendingEventOrdering,
  type Room,
  RoomEvent,
  RoomStateEvent,
  SyncState,
} from "matrix-js-sdk";
import type { Rooms, RoomView } from "../../lib/rooms";
import type { Timeline } from "../../lib/timeline";
import { forgetSession, keepSession, lapseSession, type MatrixSession } from "./kept-session";
import { quietLogger } from "./logger";
import { viewOfRoom } from "./room-view";
import { soon } from "./soon";
import { clearStores, DATABASE, openStore, storeKeyBytes } from "./stores";
import { type OpenTimeline, openTimeline } from "./timeline";

const FIRST_EVENTS = 20;

export type AccountReport = {
  onRooms: (rooms: Rooms) => void;
  onTimeline: (timeline: Timeline | null) => void;
  /** Whether the homeserver answers. */
  onOnline: (online: boolean) => void;
  /**
   * The homeserver does not take the session any more. `lapsed`: whoever logs in again goes on with
   * it; else what was kept is gone.
   */
  onEnded: (lapsed: boolean) => void;
};

export type Account = {
  client: MatrixClient;
  /** Resolves once the rooms are known. */
  start: () => Promise<void>;
  rooms: () => Rooms;
  onRooms: (listener: () => void) => () => void;
  /** Shows the room's messages; null: no room's. */
  openTimeline: (roomId: string | null) => void;
  timeline: () => OpenTimeline | null;
  /** Whose messages are shown. */
  openRoomId: () => string | null;
  accept: (roomId: string) => Promise<void>;
  decline: (roomId: string) => Promise<void>;
  /** Ends the session with the homeserver, and leaves nothing here. False: it did not answer. */
  logOut: () => Promise<boolean>;
  stop: () => void;
};

export const createAccount = (
  session: MatrixSession,
  bot: string,
  report: AccountReport,
): Account => {
  const store = openStore();
  let current = session;
  /** From then on nothing is written down: what a late answer brings must not come back. */
  let over = false;
  const client = createClient({
    baseUrl: session.homeserver,
    userId: session.userId,
    deviceId: session.deviceId,
    accessToken: session.accessToken,
    store,
    logger: quietLogger,
    disableVoip: true,
    timelineSupport: true,
    // The old tokens are spent, so a page that ends now must find the new ones.
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- the SDK waits for it
    onTokenRefresh: async ({ accessToken, refreshToken }) => {
      current = { ...current, accessToken, ...(refreshToken && { refreshToken }) };
      if (!over) await keepSession(current);
    },
    ...(session.refreshToken !== undefined && { refreshToken: session.refreshToken }),
    ...(session.oauthClientId !== undefined && { oauthClientId: session.oauthClientId }),
  });

  const views = new Map<string, RoomView>();
  const dirty = new Set<string>();
  const listeners = new Set<() => void>();
  let rooms: Rooms = new Map();
  let ready = false;
  let open: OpenTimeline | null = null;
  let shown: string | null = null;

  const refresh = soon(() => {
    if (!ready) return;
    for (const roomId of dirty) {
      const room = client.getRoom(roomId);
      const view = room === null ? null : viewOfRoom(client, room, bot);
      if (view === null) views.delete(roomId);
      else {
        views.set(roomId, view);
        if (room !== null) knowPeople(room, view);
      }
    }
    dirty.clear();
    rooms = new Map(views);
    report.onRooms(rooms);
    listeners.forEach((listener) => listener());
  });
  const changed = (roomId: string | undefined) => {
    if (roomId === undefined) return;
    dirty.add(roomId);
    refresh.ask();
  };

  /** Members come only as they say something; who only talks is asked for, once a room. */
  const asked = new Set<string>();
  const knowPeople = (room: Room, { voice }: RoomView) => {
    const unknown = voice?.call?.roster.some(({ userId }) => room.getMember(userId) === null);
    if (unknown !== true || asked.has(room.roomId)) return;
    asked.add(room.roomId);
    room.loadMembersIfNeeded().then(
      () => changed(room.roomId),
      () => asked.delete(room.roomId),
    );
  };

  const ofRoom = (room: Room) => changed(room.roomId);
  const listen = () => {
    client.on(ClientEvent.Room, ofRoom);
    client.on(ClientEvent.DeleteRoom, changed);
    client.on(RoomEvent.Name, ofRoom);
    client.on(RoomEvent.MyMembership, ofRoom);
    client.on(RoomEvent.Receipt, (_event, room) => changed(room.roomId));
    client.on(RoomEvent.Timeline, (_event, room) => changed(room?.roomId));
    client.on(RoomStateEvent.Events, (event: MatrixEvent) => changed(event.getRoomId()));
    client.on(HttpApiEvent.SessionLoggedOut, (error) => {
      if (over) return;
      const lapsed = error.data["soft_logout"] === true;
      end();
      const done = lapsed ? lapseSession(current) : forgetAll();
      void done.catch(() => undefined).then(() => report.onEnded(lapsed));
    });
    client.on(ClientEvent.Sync, (state) => {
      report.onOnline(state !== SyncState.Error && state !== SyncState.Reconnecting);
    });
  };

  const firstSync = async () =>
    new Promise<void>((resolve) => {
      const onSync = (state: SyncState) => {
        if (state !== SyncState.Prepared && state !== SyncState.Syncing) return;
        client.off(ClientEvent.Sync, onSync);
        resolve();
      };
      client.on(ClientEvent.Sync, onSync);
    });

  const end = () => {
    over = true;
    open?.close();
    open = null;
    client.stopClient();
  };

  const forgetAll = async () => {
    await forgetSession();
    await clearStores();
  };

  return {
    client,
    start: async () => {
      await store.startup();
      // Without it messages of encrypted rooms are not to be read; the rest works all the same.
      await client
        .initRustCrypto({
          cryptoDatabasePrefix: DATABASE,
          ...(session.storeKey && { storageKey: storeKeyBytes(session.storeKey) }),
        })
        .catch(() => undefined);
      listen();
      const synced = firstSync();
      await client.startClient({
        initialSyncLimit: FIRST_EVENTS,
        lazyLoadMembers: true,
        pendingEventOrdering: PendingEventOrdering.Chronological,
      });
      await synced;
      ready = true;
      client.getRooms().forEach(ofRoom);
      refresh.ask();
    },
    rooms: () => rooms,
    onRooms: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    openTimeline: (roomId) => {
      open?.close();
      const room = roomId === null ? null : client.getRoom(roomId);
      open = room === null ? null : openTimeline(client, room, report.onTimeline);
      shown = room?.roomId ?? null;
      if (open === null) report.onTimeline(null);
    },
    timeline: () => open,
    openRoomId: () => shown,
    accept: async (roomId) => {
      await client.joinRoom(roomId);
    },
    decline: async (roomId) => {
      await client.leave(roomId);
    },
    logOut: async () => {
      end();
      const ended = await client.logout().then(
        () => true,
        () => false,
      );
      await forgetAll();
      return ended;
    },
    stop: end,
  };
};
