import type { OpenIdToken, RtcPort } from "../src/services/matrixrtc/port";
import type { StateEvent, WidgetClient, WidgetEvents } from "../src/services/widget/client";

export const ROOM = "!r:hs";
export const ME = "@ana:hs";
export const BOT = "@voice:hs";

type Delayed = {
  id: string;
  type: string;
  key: string;
  content: object;
  timer: ReturnType<typeof setTimeout>;
};

/** A homeserver with one room, as one user's device sees it. Delayed events fire by the clock. */
export const matrixRoom = (deviceId = "DEV") => {
  const state = new Map<string, StateEvent>();
  const delayed = new Map<string, Delayed & { delayMs: number }>();
  const sent: { type: string; content: Record<string, unknown> }[] = [];
  const told: string[] = [];
  const keys: Record<string, Record<string, object>>[] = [];
  /** What does not work just now. */
  const broken = new Set<
    "state" | "delayed" | "update" | "openid" | "keys" | "key" | "message" | "transports"
  >();
  let events: WidgetEvents | null = null;
  let delays = 0;

  const fail = (what: Parameters<typeof broken.has>[0]) => {
    if (broken.has(what)) throw new Error(`no ${what}`);
  };
  const write = (type: string, stateKey: string, content: unknown, sender = ME) => {
    const event = { type, stateKey, sender, content, sentAt: Date.now() };
    const before = state.get(`${type} ${stateKey}`);
    // As Synapse: the same content by the same sender again is no event.
    if (JSON.stringify(before?.content) === JSON.stringify(content)) return;
    state.set(`${type} ${stateKey}`, event);
    told.push(`${type} ${JSON.stringify(content) === "{}" ? "empty" : "set"}`);
    events?.onState([event]);
  };
  const fire = (id: string) => {
    const event = delayed.get(id);
    if (event === undefined) throw new Error("M_NOT_FOUND");
    clearTimeout(event.timer);
    delayed.delete(id);
    write(event.type, event.key, event.content);
  };

  const port: RtcPort = {
    roomId: ROOM,
    userId: ME,
    deviceId,
    sendState: async (type, key, content) => {
      fail("state");
      write(type, key, content);
      return Promise.resolve();
    },
    sendDelayedState: async (type, key, content, delayMs) => {
      fail("delayed");
      const id = `syd_${(delays += 1)}`;
      const timer = setTimeout(() => fire(id), delayMs);
      delayed.set(id, { id, type, key, content, timer, delayMs });
      return Promise.resolve(id);
    },
    updateDelayed: async (id, action) => {
      fail("update");
      const event = delayed.get(id);
      if (event === undefined) throw new Error("M_NOT_FOUND");
      if (action === "send") fire(id);
      clearTimeout(event.timer);
      if (action === "restart") event.timer = setTimeout(() => fire(id), event.delayMs);
      else delayed.delete(id);
      return Promise.resolve();
    },
    openIdToken: async (): Promise<OpenIdToken> => {
      fail("openid");
      return Promise.resolve({
        access_token: "t",
        token_type: "Bearer",
        matrix_server_name: "hs",
        expires_in: 3600,
      });
    },
  };

  const client: WidgetClient = {
    ...port,
    start: async (listener) => {
      events = listener;
      listener.onListening();
      listener.onState([...state.values()]);
      return Promise.resolve();
    },
    sendMessage: async (type, content) => {
      fail("message");
      sent.push({ type, content: content as Record<string, unknown> });
      return Promise.resolve();
    },
    readState: async () => Promise.resolve(),
    transports: async () => {
      fail("transports");
      return Promise.resolve([
        { type: "other" },
        { type: "livekit", livekit_service_url: "https://rtc.hs/livekit/jwt" },
      ]);
    },
    askForKeys: async () => {
      fail("keys");
      told.push("asked for keys");
      return Promise.resolve(true);
    },
    sendKey: async (messages) => {
      fail("key");
      keys.push(messages);
      return Promise.resolve();
    },
    download: async () => Promise.resolve(new Blob(["picture"])),
    setInCall: async (inCall) => {
      told.push(inCall ? "on screen" : "off screen");
      return Promise.resolve();
    },
  };

  return {
    port,
    client,
    keys,
    key: (sender: string, content: unknown) => events?.onKey(sender, content),
    write,
    sent,
    told,
    broken,
    delayed,
    message: (type: string, sender: string, content: unknown) =>
      events?.onMessage({ type, sender, content, sentAt: Date.now() }),
    content: (type: string, key: string) => state.get(`${type} ${key}`)?.content,
    event: (type: string, key: string) => state.get(`${type} ${key}`),
  };
};
