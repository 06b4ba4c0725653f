/** Our device in the calls of MatrixRTC, and who others there are: for Element Call's users. */
import {
  type MatrixClient,
  type MatrixEvent,
  RoomStateEvent,
  RoomStickyEventsEvent,
} from "matrix-js-sdk";
import * as v from "valibot";
import type { OwnCall } from "../../lib/model";
import type { Api } from "../api";
import { CALL_MEMBER, stateKeyOf } from "../matrixrtc/content";
import { createDelegate } from "../matrixrtc/delegate";
import { isMember, ownersOf } from "../matrixrtc/members";
import { createOwnMembership, type OwnMembership } from "../matrixrtc/own-membership";
import { stateEvent } from "./room-state";
import { createRtcPort } from "./rtc-port";
import { stickyMembers } from "./sticky-members";

const Transport = v.object({ type: v.literal("livekit"), livekit_service_url: v.string() });

export type Rtc = {
  /** Where we are now; null: in no call. */
  present: (call: OwnCall | null, taken?: boolean) => Promise<void>;
  /** User IDs by the identities that do not tell them, now and at each change. */
  watchOwners: (
    roomId: string,
    onOwners: (owners: Readonly<Record<string, string>>) => void,
    signal: AbortSignal,
  ) => void;
};

type Needs = {
  client: MatrixClient;
  /** The transport of the bridge's own media server; "" if the bridge does not tell. */
  serviceUrl: string;
  apiOf: (base: string) => Api;
};

export const createRtc = ({ client, serviceUrl: ours, apiOf }: Needs): Rtc => {
  let current: { roomId: string; membership: OwnMembership } | null = null;
  const device = { userId: client.getSafeUserId(), deviceId: client.getDeviceId() ?? "" };
  const ownKey = stateKeyOf({ roomId: "", ...device });
  const now = () => Date.now();

  /** We publish on the bridge's media server, whatever our own homeserver advertises. */
  const serviceUrl = async (): Promise<string | null> => {
    if (ours !== "") return ours;
    for (const transport of await client._unstable_getRTCTransports().catch(() => [])) {
      const read = v.safeParse(Transport, transport);
      if (read.success) return read.output.livekit_service_url;
    }
    return null;
  };

  const membershipIn = (roomId: string): OwnMembership => {
    const port = createRtcPort(client, roomId);
    return createOwnMembership({ port, serviceUrl, delegate: createDelegate(port, apiOf), now });
  };

  const isOurs = (event: MatrixEvent | null | undefined): event is MatrixEvent =>
    event?.getType() === CALL_MEMBER &&
    event.getStateKey() === ownKey &&
    event.getSender() === device.userId;

  client.on(RoomStateEvent.Events, (event) => {
    if (current !== null && isOurs(event) && event.getRoomId() === current.roomId)
      current.membership.seen({ content: event.getContent(), sentAt: event.getTs() });
  });

  // This page is the only one of the device, and it is in no call yet.
  for (const room of client.getRooms()) {
    const event = stateEvent(room, CALL_MEMBER, ownKey);
    if (!isOurs(event)) continue;
    const left = { sender: device.userId, sentAt: event.getTs(), content: event.getContent() };
    if (isMember(left, now())) void membershipIn(room.roomId).sweep();
  }

  return {
    present: async (call, taken) => {
      const here = call?.connected === true ? call : null;
      const before = current;
      const stays = before !== null && before.roomId === here?.roomId;
      if (!stays)
        current =
          here === null ? null : { roomId: here.roomId, membership: membershipIn(here.roomId) };
      await Promise.all([
        stays ? null : before?.membership.leave(taken),
        here === null ? null : current?.membership.enter(here.video),
      ]);
    },
    watchOwners: (roomId, onOwners, signal) => {
      const room = client.getRoom(roomId);
      if (room === null) return;
      const look = () => {
        void ownersOf(stickyMembers(room)).then((owners) => {
          if (!signal.aborted) onOwners(owners);
        });
      };
      room.on(RoomStickyEventsEvent.Update, look);
      signal.addEventListener("abort", () => room.off(RoomStickyEventsEvent.Update, look));
      look();
    },
  };
};
