/** Media keys by the Matrix client around us: it has the device, and encrypts for the others'. */
import { CALL_MEMBER } from "../matrixrtc/content";
import { callMembers, mayBeInRoom } from "../matrixrtc/keys/members";
import type { KeyTransport } from "../matrixrtc/keys/transport";
import type { MemberEvent } from "../matrixrtc/members";
import type { WidgetClient, WidgetEvents } from "./client";
import type { RoomState } from "./room-state";

type Needs = {
  client: WidgetClient;
  state: RoomState;
  hasDevice: boolean;
  sticky: () => readonly MemberEvent[];
  /** Of the room's state or sticky events. Returns what ends it. */
  onChange: (listener: () => void) => () => void;
  now: () => number;
};

type WidgetKeys = Pick<WidgetEvents, "onKey"> & {
  /** Whether the room is encrypted, and the client lets us send keys. It asks its user once. */
  isAllowed: () => Promise<boolean>;
  transport: KeyTransport;
};

/** Memberships end by themselves, too. */
const LOOK_MS = 30_000;

export const createWidgetKeys = (needs: Needs): WidgetKeys => {
  const { client, state, sticky, onChange, now } = needs;
  const { roomId, userId, deviceId } = client;
  const listeners = new Set<(sender: string, content: unknown) => void>();
  let asking: Promise<boolean> | null = null;

  const others = async () =>
    callMembers(
      state.all(CALL_MEMBER),
      sticky(),
      client,
      (who) => mayBeInRoom(state.get("m.room.member", who)?.content),
      now(),
    );

  return {
    isAllowed: async () => {
      if (!needs.hasDevice || !state.isEncrypted()) return false;
      asking ??= client.askForKeys().catch(() => false);
      const allowed = await asking;
      // Who said no is asked again when they try again.
      if (!allowed) asking = null;
      return allowed;
    },
    onKey: (sender, content) => listeners.forEach((tell) => tell(sender, content)),
    transport: {
      roomId,
      userId,
      deviceId,
      encrypts: () => state.snapshot({}).channel.mediaEncryption,
      send: async (to, content) => {
        const messages: Record<string, Record<string, object>> = {};
        for (const device of to) (messages[device.userId] ??= {})[device.deviceId] = content;
        await client.sendKey(messages);
        // What the client could not encrypt for, it does not say.
        return [];
      },
      onKey: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      onMembers: (listener) => {
        let ended = false;
        let turn = Promise.resolve();
        const look = () => {
          turn = turn.then(async () => {
            const members = await others();
            if (!ended) listener(members);
          });
        };
        const stop = onChange(look);
        const timer = setInterval(look, LOOK_MS);
        look();
        return () => {
          ended = true;
          stop();
          clearInterval(timer);
        };
      },
    },
  };
};
