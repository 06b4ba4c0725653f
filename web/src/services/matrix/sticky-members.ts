import type { Room } from "matrix-js-sdk";
import { type MemberEvent, STICKY_MEMBER } from "../matrixrtc/members";

/** Memberships in the room's call that are sticky events (MSC4354). */
export const stickyMembers = (room: Room): readonly MemberEvent[] =>
  [...room._unstable_getStickyEvents()]
    .filter((event) => event.getType() === STICKY_MEMBER)
    .map((event) => ({
      sender: event.getSender() ?? "",
      sentAt: event.getTs(),
      content: event.getContent(),
    }));
