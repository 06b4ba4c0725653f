/** Media keys by our own session: encrypted with Olm for each device, as the SDK's crypto knows it. */
import {
  ClientEvent,
  EventType,
  type MatrixClient,
  type MatrixEvent,
  type ReceivedToDeviceMessage,
  type Room,
  RoomStateEvent,
  RoomStickyEventsEvent,
} from "matrix-js-sdk";
import * as v from "valibot";
import { CALL_MEMBER } from "../matrixrtc/content";
import { followMembers } from "../matrixrtc/keys/follow-members";
import { callMembers, mayBeInRoom } from "../matrixrtc/keys/members";
import { nameOf } from "../matrixrtc/keys/message";
import type { KeyTransport } from "../matrixrtc/keys/transport";
import { KEY_TYPE } from "../matrixrtc/keys/type";
import { stateEvents } from "./room-state";
import { stickyMembers } from "./sticky-members";

const Claim = v.object({ member: v.object({ claimed_device_id: v.string() }) });

/** null: the room is not encrypted, or this session has no keys of its own. */
export const createKeyTransport = (
  client: MatrixClient,
  roomId: string,
  encrypts: () => boolean,
): KeyTransport | null => {
  const room = client.getRoom(roomId);
  const crypto = client.getCrypto();
  const deviceId = client.getDeviceId();
  if (room === null || crypto === undefined || deviceId === null) return null;
  if (!room.hasEncryptionStateEvent()) return null;
  const own = { userId: client.getSafeUserId(), deviceId };
  return {
    ...own,
    roomId,
    encrypts,
    send: async (to, content) => {
      const devices = to.map(({ userId, deviceId: device }) => ({ userId, deviceId: device }));
      const sealed = await crypto.encryptToDeviceMessages(KEY_TYPE, devices, content);
      if (sealed.batch.length > 0) await client.queueToDevice(sealed);
      const reached = new Set(sealed.batch.map(nameOf));
      return to.filter((device) => !reached.has(nameOf(device)));
    },
    onKey: (listener) => {
      const onMessage = ({ message, encryptionInfo }: ReceivedToDeviceMessage) => {
        // What came in clear may be anybody's, and the homeserver's.
        if (message.type !== KEY_TYPE || encryptionInfo === null) return;
        const claim = v.safeParse(Claim, message.content);
        const { senderDevice } = encryptionInfo;
        if (!claim.success) return;
        const claimed = claim.output.member.claimed_device_id;
        if (senderDevice !== undefined && claimed !== senderDevice) return;
        listener(message.sender, message.content);
      };
      client.on(ClientEvent.ReceivedToDeviceMessage, onMessage);
      return () => client.off(ClientEvent.ReceivedToDeviceMessage, onMessage);
    },
    onMembers: (listener) => {
      const onChange = (look: () => void) => {
        const onState = (event: MatrixEvent) => {
          const type = event.getType();
          if (event.getRoomId() === roomId && WATCHED.includes(type)) look();
        };
        client.on(RoomStateEvent.Events, onState);
        room.on(RoomStickyEventsEvent.Update, look);
        // Until they are known, nobody can be told from who was put out; and so their devices are.
        room
          .loadMembersIfNeeded()
          .then(() => crypto.prepareToEncrypt(room))
          .then(look, () => undefined);
        return () => {
          client.off(RoomStateEvent.Events, onState);
          room.off(RoomStickyEventsEvent.Update, look);
        };
      };
      return followMembers(async () => othersIn(room, own), onChange, listener);
    },
  };
};

const WATCHED: readonly string[] = [CALL_MEMBER, EventType.RoomMember];

const othersIn = async (room: Room, own: { userId: string; deviceId: string }) => {
  const members = stateEvents(room, CALL_MEMBER).map((event) => ({
    sender: event.getSender() ?? "",
    sentAt: event.getTs(),
    content: event.getContent(),
  }));
  const isInRoom = (userId: string) =>
    mayBeInRoom({ membership: room.getMember(userId)?.membership });
  return callMembers(members, stickyMembers(room), own, isInRoom, Date.now());
};
