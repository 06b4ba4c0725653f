/** Media keys by the Matrix client around us: it has the device, and encrypts for the others'. */
import { CALL_MEMBER } from "../matrixrtc/content";
import { followMembers } from "../matrixrtc/keys/follow-members";
import { callMembers, mayBeInRoom } from "../matrixrtc/keys/members";
import type { KeyTransport } from "../matrixrtc/keys/transport";
import type { MemberEvent } from "../matrixrtc/members";
import type { WidgetClient } from "./client";
import type { RoomState } from "./room-state";

type Needs = {
  client: WidgetClient;
  state: RoomState;
  sticky: () => readonly MemberEvent[];
  /** Of the room's state or sticky events. Returns what ends it. */
  onChange: (listener: () => void) => () => void;
  onKey: KeyTransport["onKey"];
  now: () => number;
};

export const createWidgetKeys = (needs: Needs): KeyTransport => {
  const { client, state, sticky, onChange, onKey, now } = needs;
  const { roomId, userId, deviceId } = client;

  const others = async () =>
    callMembers(
      state.all(CALL_MEMBER),
      sticky(),
      client,
      (who) => mayBeInRoom(state.get("m.room.member", who)?.content),
      now(),
    );

  return {
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
    onKey,
    onMembers: (listener) => followMembers(others, onChange, listener),
  };
};
