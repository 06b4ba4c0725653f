/**
 * The membership of a device in a call, as Element Call writes it: MSC4143 in the shape of
 * `org.matrix.msc3401.call.member`. Element X takes it for absent when a field is missing.
 */

export const CALL_MEMBER = "org.matrix.msc3401.call.member";

/** The MatrixRTC slot of a room's one call (MSC4143, MSC4196). */
export const CALL_SLOT = "m.call#ROOM";

export type Device = { roomId: string; userId: string; deviceId: string };

export type Membership = {
  /** Byte for byte as it is advertised: others compare it as text. */
  serviceUrl: string;
  video: boolean;
  /** Counted from `createdTs`, or from the event where there is none. */
  expiresMs: number;
  /** When the device joined; null in the first event, whose own time it is. */
  createdTs: number | null;
};

export const stateKeyOf = ({ userId, deviceId }: Device): string => `_${userId}_${deviceId}_m.call`;

export const membershipContent = (device: Device, membership: Membership) => ({
  application: "m.call",
  call_id: "",
  scope: "m.room",
  device_id: device.deviceId,
  membershipID: `${device.userId}:${device.deviceId}`,
  expires: membership.expiresMs,
  "m.call.intent": membership.video ? "video" : "audio",
  focus_active: { type: "livekit", focus_selection: "multi_sfu" },
  foci_preferred: [
    {
      type: "livekit",
      livekit_service_url: membership.serviceUrl,
      // The Matrix room, though LiveKit's has another name: older clients ask for it by this.
      livekit_alias: device.roomId,
    },
  ],
  ...(membership.createdTs !== null && { created_ts: membership.createdTs }),
});
