/** Who the participants of a call are, as the memberships in the room tell it. */
import * as v from "valibot";
import { CALL_SLOT } from "./content";
import { hashOf } from "./hash";

export const STICKY_MEMBER = "org.matrix.msc4143.rtc.member";

const FOUR_HOURS_MS = 4 * 3_600_000;

export type MemberEvent = { sender: string; sentAt: number; content: unknown };

const StateMember = v.object({
  application: v.literal("m.call"),
  call_id: v.picklist(["", "ROOM"]),
  device_id: v.pipe(v.string(), v.minLength(1)),
  focus_active: v.object({ type: v.string() }),
  foci_preferred: v.array(v.looseObject({ livekit_service_url: v.optional(v.string()) })),
  created_ts: v.optional(v.number()),
  expires: v.optional(v.number(), FOUR_HOURS_MS),
});

const StickyMember = v.object({
  slot_id: v.literal(CALL_SLOT),
  member: v.object({
    id: v.pipe(v.string(), v.minLength(1)),
    user_id: v.optional(v.string()),
    device_id: v.optional(v.string()),
    claimed_user_id: v.optional(v.string()),
    claimed_device_id: v.optional(v.string()),
  }),
});

/** Whether a state membership is one, and not over. */
export const isMember = ({ sentAt, content }: MemberEvent, now: number): boolean => {
  const read = v.safeParse(StateMember, content);
  return read.success && (read.output.created_ts ?? sentAt) + read.output.expires > now;
};

/** The device that a state membership, which is not over, is of; null: it is none. */
export const memberDevice = (
  event: MemberEvent,
  now: number,
): { deviceId: string; joinedAt: number } | null => {
  const read = v.safeParse(StateMember, event.content);
  if (!read.success || !isMember(event, now)) return null;
  const { device_id, created_ts } = read.output;
  return { deviceId: device_id, joinedAt: created_ts ?? event.sentAt };
};

/** The device that a sticky membership is of; null: it is none, or of somebody else's. */
export const stickyDevice = ({
  sender,
  content,
}: MemberEvent): { deviceId: string; memberId: string } | null => {
  const read = v.safeParse(StickyMember, content);
  if (!read.success) return null;
  const { id, user_id, claimed_user_id, device_id, claimed_device_id } = read.output.member;
  const deviceId = device_id ?? claimed_device_id;
  if ((user_id ?? claimed_user_id ?? sender) !== sender || deviceId === undefined) return null;
  return { deviceId, memberId: id };
};

/** The token service that a state membership names first; "" if none. */
export const serviceUrlOf = ({ content }: MemberEvent): string => {
  const read = v.safeParse(StateMember, content);
  return read.success ? (read.output.foci_preferred[0]?.livekit_service_url ?? "") : "";
};

/**
 * User IDs by the identities of LiveKit that do not tell them. Both ways of hashing are in use:
 * with the device (MSC4195 until 2026) and without.
 */
export const ownersOf = async (
  sticky: readonly MemberEvent[],
): Promise<Readonly<Record<string, string>>> => {
  const owners: Record<string, string> = {};
  for (const { sender, content } of sticky) {
    const read = v.safeParse(StickyMember, content);
    if (!read.success) continue;
    const { member } = read.output;
    const claimed = member.user_id ?? member.claimed_user_id ?? sender;
    // What somebody says of somebody else is worth nothing.
    if (claimed !== sender) continue;
    const device = member.device_id ?? member.claimed_device_id;
    owners[await hashOf([sender, member.id])] = sender;
    if (device !== undefined) owners[await hashOf([sender, device, member.id])] = sender;
  }
  return owners;
};
