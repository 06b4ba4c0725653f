/** The Matrix client around us, by the widget API. Only this file knows `matrix-widget-api`. */
import { WidgetApi } from "matrix-widget-api";
import * as v from "valibot";
import { themeOf, type Theme, type WidgetParameters } from "../../lib/widget";
import { KEY_TYPE } from "../matrixrtc/keys/type";
import type { OpenIdToken, RtcPort } from "../matrixrtc/port";
import { pause } from "../pause";
import { ask, askForKeys, RECEIVED_STATE } from "./capabilities";

export type StateEvent = {
  type: string;
  stateKey: string;
  sender: string;
  content: unknown;
  sentAt: number;
};
type RoomMessage = Omit<StateEvent, "stateKey">;

export type WidgetEvents = {
  onState: (events: readonly StateEvent[]) => void;
  /** Message events that we may read; today, MatrixRTC's sticky ones. */
  onMessage: (event: RoomMessage) => void;
  /** A media key, encrypted on its way to this device. */
  onKey: (sender: string, content: unknown) => void;
  onTheme: (theme: Theme) => void;
  /** The client wants us out of the call. */
  onHangup: () => void;
  /** From now on, what the client says is heard. */
  onListening: () => void;
};

export type WidgetClient = RtcPort & {
  /** Resolves once the client said what we may do, and how the room is. */
  start: (events: WidgetEvents) => Promise<void>;
  sendMessage: (type: string, content: object) => Promise<void>;
  /** One state event, if the client tells it only when asked; else it came by itself. */
  readState: (type: string, stateKey: string) => Promise<void>;
  /** As the homeserver advertises them (MSC4143). */
  transports: () => Promise<readonly unknown[]>;
  /** Whether we may send and receive media keys; the person may be asked. */
  askForKeys: () => Promise<boolean>;
  /** By user and device; the client encrypts it for each. */
  sendKey: (messages: Record<string, Record<string, object>>) => Promise<void>;
  /** What an mxc address stands for (MSC4039). */
  download: (address: string) => Promise<Blob>;
  /** Whether the call shall stay in sight when the person looks at another room. */
  setInCall: (inCall: boolean) => Promise<void>;
};

/** A client that pushes the room's state does so right after it said what we may do. */
const FIRST_STATE_MS = 2_000;
const UPDATE_STATE = "org.matrix.msc2762_update_state";

const RawEvent = v.object({
  type: v.string(),
  state_key: v.optional(v.string()),
  sender: v.string(),
  origin_server_ts: v.optional(v.number(), 0),
  content: v.unknown(),
  room_id: v.optional(v.string()),
});
const RawState = v.object({ state: v.array(v.unknown()) });
const Credentials = v.object({
  access_token: v.string(),
  token_type: v.optional(v.string(), "Bearer"),
  matrix_server_name: v.string(),
  expires_in: v.optional(v.number(), 3600),
});

const ToDevice = v.object({
  type: v.literal(KEY_TYPE),
  sender: v.string(),
  content: v.unknown(),
  // What came in clear may be anybody's, and the homeserver's.
  encrypted: v.literal(true),
});

type Action = CustomEvent<{ data: Record<string, unknown> }>;

export const createWidgetClient = (
  { widgetId, parentOrigin, roomId, userId }: WidgetParameters,
  deviceId: string,
  /** Whether `transports` will be asked for. */
  transports: boolean,
): WidgetClient => {
  const api = new WidgetApi(widgetId, parentOrigin === "" ? null : parentOrigin);
  ask(api, { userId, deviceId, transports });
  let events: WidgetEvents | null = null;
  let pushesState = false;

  const tellState = (raw: readonly unknown[]) => {
    const read = raw.flatMap((one) => {
      const parsed = v.safeParse(RawEvent, one);
      if (!parsed.success) return [];
      const { type, state_key, sender, origin_server_ts, content, room_id } = parsed.output;
      if (state_key === undefined || (room_id !== undefined && room_id !== roomId)) return [];
      return [{ type, stateKey: state_key, sender, content, sentAt: origin_server_ts }];
    });
    // Where a client tells of the past, the newest is what holds.
    if (read.length > 0) events?.onState(read.sort((a, b) => a.sentAt - b.sentAt));
  };

  /** Answers, so that the client does not take us for dead. */
  const on = (action: string, handle: (data: Record<string, unknown>) => void) => {
    api.on(`action:${action}`, (event: Action) => {
      event.preventDefault();
      api.transport.reply(event.detail as never, {});
      handle(event.detail.data);
    });
  };

  const firstState = new AbortController();
  on("update_state", (data) => {
    const parsed = v.safeParse(RawState, data);
    if (parsed.success) tellState(parsed.output.state);
    firstState.abort();
  });
  on("send_event", (data) => {
    if ("state_key" in data) {
      // A client that pushes state tells of the timeline, too: an old event must not win.
      if (!pushesState) tellState([data]);
      return;
    }
    const parsed = v.safeParse(RawEvent, data);
    if (!parsed.success) return;
    const { type, sender, content, origin_server_ts } = parsed.output;
    events?.onMessage({ type, sender, content, sentAt: origin_server_ts });
  });
  on("send_to_device", (data) => {
    const parsed = v.safeParse(ToDevice, data);
    if (parsed.success) events?.onKey(parsed.output.sender, parsed.output.content);
  });
  on("theme_change", ({ name }) => {
    const theme = themeOf(typeof name === "string" ? name : "");
    if (theme !== null) events?.onTheme(theme);
  });
  on("im.vector.hangup", () => events?.onHangup());

  const readState = async (type: string, stateKey?: string) => {
    if (pushesState) return;
    tellState(await api.readStateEvents(type, undefined, stateKey).catch(() => []));
  };

  return {
    roomId,
    userId,
    deviceId,
    readState,
    start: async (listener) => {
      events = listener;
      const ready = new Promise<void>((resolve) => {
        api.once("ready", resolve);
      });
      api.start();
      listener.onListening();
      // Refused by clients that did not wait for it.
      void api.sendContentLoaded().catch(() => undefined);
      await ready;
      const versions = await api.getClientVersions().catch(() => []);
      pushesState = versions.some((version) => version === UPDATE_STATE);
      if (pushesState) await pause(FIRST_STATE_MS, firstState.signal);
      else await Promise.all(RECEIVED_STATE.map(async (type) => readState(type)));
    },
    sendMessage: async (type, content) => {
      await api.sendRoomEvent(type, content);
    },
    sendState: async (type, stateKey, content) => {
      await api.sendStateEvent(type, stateKey, content);
    },
    sendDelayedState: async (type, stateKey, content, delayMs) => {
      const sent = await api.sendStateEvent(type, stateKey, content, undefined, delayMs);
      if (sent.delay_id === undefined) throw new Error("the client sent it without a delay");
      return sent.delay_id;
    },
    updateDelayed: async (delayId, action) => {
      const update = {
        restart: api.restartScheduledDelayedEvent.bind(api),
        send: api.sendScheduledDelayedEvent.bind(api),
        cancel: api.cancelScheduledDelayedEvent.bind(api),
      }[action];
      await update(delayId);
    },
    openIdToken: async (): Promise<OpenIdToken> =>
      v.parse(Credentials, await api.requestOpenIDConnectToken()),
    transports: async () => (await api.getRtcTransports()).rtc_transports,
    askForKeys: async () => askForKeys(api),
    sendKey: async (messages) => {
      await api.sendToDevice(KEY_TYPE, true, messages);
    },
    download: async (address) => {
      const { file } = await api.downloadFile(address);
      return new Response(file).blob();
    },
    setInCall: async (inCall) => {
      const told = [
        api.setAlwaysOnScreen(inCall),
        api.transport.send(inCall ? "io.element.join" : "im.vector.hangup", {}),
      ];
      await Promise.allSettled(told);
    },
  };
};
