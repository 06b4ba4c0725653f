/** In a Matrix client, as a widget of the room: its client is our session (docs/protocol.md §6). */
import * as v from "valibot";
import { localpart } from "../../lib/identity";
import type { RoomSnapshot, Unseen } from "../../lib/model";
import type { Api } from "../api";
import { createBridgeSession } from "../bridge-session";
import { prepareHandshake, TOKEN_TYPE } from "../handshake";
import { CALL_MEMBER, stateKeyOf } from "../matrixrtc/content";
import { createDelegate } from "../matrixrtc/delegate";
import {
  isMember,
  type MemberEvent,
  ownersOf,
  serviceUrlOf,
  STICKY_MEMBER,
} from "../matrixrtc/members";
import { createOwnMembership } from "../matrixrtc/own-membership";
import { CALL, tokenKeyOf } from "../widget/capabilities";
import type { KeyTransport } from "../matrixrtc/keys/transport";
import type { StateEvent, WidgetClient, WidgetEvents } from "../widget/client";
import { createRoomState } from "../widget/room-state";
import { type Answer, wayIn } from "../widget/token";
import type { Host } from "./host";

/** A membership that is younger may be another window's, which the roster does not know yet. */
const STALE_MS = 30_000;
/** Several events of one change are told as one. */
const GATHER_MS = 50;

const Transport = v.object({ type: v.literal("livekit"), livekit_service_url: v.string() });

export type WidgetNeeds = {
  client: WidgetClient;
  /** The bot's user ID; "" if the address does not tell. */
  botId: string;
  /** The client told which device it is; else we made one up. */
  hasDevice: boolean;
  /** The transport of the bridge's own media server; "" if the bridge does not tell. */
  serviceUrl: string;
  api: Api;
  /** An HTTP client for another base address. */
  apiOf: (base: string) => Pick<Api, "post">;
  now: () => number;
} & WidgetReport;

export type WidgetReport = Pick<WidgetEvents, "onTheme" | "onHangup" | "onListening"> & {
  onUnseen: (why: Unseen) => void;
};

export const createWidgetHost = (needs: WidgetNeeds): Host => {
  const { client, botId, now } = needs;
  const { roomId, userId, deviceId } = client;
  prepareHandshake().catch(() => undefined); // tried again on the click
  const state = createRoomState(roomId, userId);
  const ownKey = stateKeyOf(client);
  const bridge = createBridgeSession(needs.api, client.openIdToken, deviceId);
  const answers = new Set<(answer: Answer) => void>();
  const watchers = new Set<() => void>();
  const sticky = new Map<string, MemberEvent>();
  const asked = new Set<string>();
  let inCall = false;
  let naming = Promise.resolve();
  let owners: Readonly<Record<string, string>> = {};

  const changed = () => watchers.forEach((tell) => tell());

  /** Older clients tell of members only when asked; then for those alone who are in the call. */
  const meet = () => {
    for (const someone of [...state.people(), ...Object.values(owners)]) {
      if (asked.has(someone) || state.get("m.room.member", someone) !== undefined) continue;
      asked.add(someone);
      void client.readState("m.room.member", someone);
    }
  };

  const onState = (events: readonly StateEvent[]) => {
    state.add(events);
    for (const event of events) {
      if (event.type === TOKEN_TYPE && event.stateKey === tokenKeyOf(userId))
        answers.forEach((tell) => tell(event));
      // Whoever wrote it: what a moderator, or the bot, took away is to come back.
      if (event.type === CALL_MEMBER && event.stateKey === ownKey) membership.seen(event);
    }
    meet();
    changed();
  };

  const onMessage = (event: MemberEvent & { type: string }) => {
    if (event.type !== STICKY_MEMBER) return;
    sticky.set(stickyKeyOf(event), event);
    naming = naming.then(async () => {
      owners = await ownersOf([...sticky.values()]).catch(() => owners);
      meet();
      changed();
    });
  };

  /** We publish on the bridge's media server, whatever our own homeserver advertises. */
  const serviceUrl = async (): Promise<string | null> => {
    if (needs.serviceUrl !== "") return needs.serviceUrl;
    const told = await client.transports().catch(() => []);
    for (const transport of told) {
      const read = v.safeParse(Transport, transport);
      if (read.success) return read.output.livekit_service_url;
    }
    return neighboursUrl();
  };

  /** What somebody advertises whom the bridge sees on its own media server is the bridge's. */
  const neighboursUrl = (): string | null => {
    const roster = state.snapshot({}).call?.roster ?? [];
    for (const person of roster) {
      const event = state.get(CALL_MEMBER, stateKeyOf({ roomId, ...person }));
      if (event?.sender !== person.userId || !isMember(event, now())) continue;
      const url = serviceUrlOf(event);
      if (url !== "") return url;
    }
    return null;
  };

  const watch = (listener: () => void) => {
    watchers.add(listener);
    return () => watchers.delete(listener);
  };
  const keyListeners = new Set<(sender: string, content: unknown) => void>();
  let asking: Promise<boolean> | null = null;
  let transport: KeyTransport | null = null;

  /** Whether the room is encrypted, and the client lets us send keys. Its user is asked once. */
  const maySendKeys = async (): Promise<boolean> => {
    if (!needs.hasDevice || !state.isEncrypted()) return false;
    asking ??= client.askForKeys().catch(() => false);
    const allowed = await asking;
    // Who said no is asked again when they try again.
    if (!allowed) asking = null;
    return allowed;
  };

  const keyTransport = async (): Promise<KeyTransport> => {
    const { createWidgetKeys } = await import("../widget/keys");
    return (transport ??= createWidgetKeys({
      client,
      state,
      sticky: () => [...sticky.values()],
      onChange: watch,
      onKey: (listener) => {
        keyListeners.add(listener);
        return () => keyListeners.delete(listener);
      },
      now,
    }));
  };

  const delegate = createDelegate(client, needs.apiOf);
  const membership = createOwnMembership({
    port: client,
    serviceUrl,
    delegate: async (...leave) => {
      // The person would be asked who they are in the middle of joining; we put it off ourselves.
      if (!bridge.isOpen()) throw new Error("nobody has proved who they are");
      await delegate(...leave);
    },
    onUnseen: needs.onUnseen,
    now,
  });

  /** Where this device is in no call, it has no membership either. */
  const sweepOld = async () => {
    const old = state.get(CALL_MEMBER, ownKey);
    if (old === undefined || !isMember(old, now()) || now() - old.sentAt < STALE_MS) return;
    const roster = state.snapshot({}).call?.roster ?? [];
    const isThere = roster.some((one) => one.userId === userId && one.deviceId === deviceId);
    if (!isThere) await membership.sweep();
  };

  return {
    open: async () => {
      const { onTheme, onHangup, onListening } = needs;
      await client.start({
        ...{ onState, onMessage, onTheme, onHangup, onListening },
        onKey: (...key) => keyListeners.forEach((tell) => tell(...key)),
      });
      // Now, and not on the click: the person is asked for all that they are asked in one go.
      void maySendKeys();
      void client.readState(TOKEN_TYPE, tokenKeyOf(userId));
      meet();
      void sweepOld().catch(() => undefined);
      const name = state.snapshot({}).names[userId] ?? localpart(userId);
      return { roomId, userId, deviceId, name };
    },
    watch: async (id, onRoom, signal) => {
      // Moved to another room: its state is not ours to read. Who is there, the call itself tells.
      if (id !== roomId) onRoom(createRoomState(id, userId).snapshot({}));
      return new Promise((resolve) => {
        let due: ReturnType<typeof setTimeout> | undefined;
        const tell = () => {
          due = undefined;
          onRoom(snapshot());
        };
        const later = () => {
          due ??= setTimeout(tell, GATHER_MS);
        };
        if (id === roomId) {
          watchers.add(later);
          later();
        }
        signal.addEventListener("abort", () => {
          clearTimeout(due);
          watchers.delete(later);
          resolve();
        });
      });
    },
    token: async (id, canEncrypt) =>
      id === roomId
        ? wayIn({
            deviceId,
            canEncrypt,
            botId: botId || (state.get(CALL)?.sender ?? ""),
            sendMessage: client.sendMessage,
            onAnswer: (listener) => {
              answers.add(listener);
              return () => answers.delete(listener);
            },
            overHttp: async () => bridge.token(id, canEncrypt),
          })
        : bridge.token(id, canEncrypt),
    // Of another room, into which we were moved, we do not see who is in its call.
    keys: async (id) => (id === roomId && (await maySendKeys()) ? keyTransport() : null),
    picture: async ({ address }) => client.download(address),
    history: bridge.history,
    moderate: bridge.moderate,
    present: async (call, taken) => {
      const isHere = call?.connected === true && call.roomId === roomId;
      const shown = (call !== null) !== inCall ? client.setInCall(call !== null) : null;
      inCall = call !== null;
      if (call === null) needs.onUnseen(null);
      // Of that room we may write nothing: its own members' clients did not let us in.
      if (call?.connected === true && !isHere) needs.onUnseen("moved");
      await Promise.all([shown, isHere ? membership.enter(call.video) : membership.leave(taken)]);
    },
  };

  function snapshot(): RoomSnapshot {
    return state.snapshot(owners);
  }
};

/** One a device (MSC4354); a leave has the same key, and no member in it. */
const stickyKeyOf = ({ sender, content }: MemberEvent): string => {
  const read = v.safeParse(v.object({ msc4354_sticky_key: v.string() }), content);
  return `${sender} ${read.success ? read.output.msc4354_sticky_key : ""}`;
};
