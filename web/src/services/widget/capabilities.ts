/** What we ask the Matrix client for, and no more; docs/protocol.md §6 says why each. */
import { MatrixCapabilities, type WidgetApi } from "matrix-widget-api";
import { JOIN_TYPE, TOKEN_TYPE } from "../handshake";
import { CALL_MEMBER, stateKeyOf } from "../matrixrtc/content";
import { KEY_TYPE } from "../matrixrtc/keys/type";
import { STICKY_MEMBER } from "../matrixrtc/members";

export const CHANNEL = "io.haos.voice.channel";
export const CALL = "io.haos.voice.call";
export const POWER_LEVELS = "m.room.power_levels";
export const ENCRYPTION = "m.room.encryption";

/** Read whole; a token's answer is read for our own key alone, and members as they are needed. */
export const RECEIVED_STATE = [
  CHANNEL,
  CALL,
  CALL_MEMBER,
  "m.room.name",
  "m.room.create",
  POWER_LEVELS,
  ENCRYPTION,
] as const;

export type Asked = {
  userId: string;
  deviceId: string;
  /** Whether the homeserver must be asked for the transports, since the bridge does not tell. */
  transports: boolean;
};

export const ask = (api: WidgetApi, { userId, deviceId, transports }: Asked): void => {
  RECEIVED_STATE.forEach((type) => api.requestCapabilityToReceiveState(type));
  api.requestCapabilityToReceiveState("m.room.member");
  api.requestCapabilityToReceiveState(TOKEN_TYPE, tokenKeyOf(userId));
  api.requestCapabilityToSendEvent(JOIN_TYPE);
  api.requestCapabilityToSendState(CALL_MEMBER, stateKeyOf({ roomId: "", userId, deviceId }));
  api.requestCapabilityToReceiveEvent(STICKY_MEMBER);
  api.requestCapabilities([
    MatrixCapabilities.MSC4407ReceiveStickyEvent,
    MatrixCapabilities.MSC4157SendDelayedEvent,
    MatrixCapabilities.MSC4157UpdateDelayedEvent,
    MatrixCapabilities.MSC4039DownloadFile,
    MatrixCapabilities.AlwaysOnScreen,
  ]);
  if (transports) api.requestCapability(MatrixCapabilities.MSC4515RtcTransports);
};

const SEND_KEYS = `org.matrix.msc3819.send.to_device:${KEY_TYPE}`;
const RECEIVE_KEYS = `org.matrix.msc3819.receive.to_device:${KEY_TYPE}`;

/**
 * To send and receive media keys (MSC3819). Asked in encrypted rooms alone, where a client can be
 * asked again (MSC2974): elsewhere nobody is to wonder what they are for.
 */
export const askForKeys = async (api: WidgetApi): Promise<boolean> => {
  api.requestCapabilities([SEND_KEYS, RECEIVE_KEYS]);
  const answered = new Promise<readonly string[]>((resolve) => {
    api.once("action:notify_capabilities", ({ detail }: CapabilitiesAnswer) =>
      resolve(detail.data.approved),
    );
  });
  await api.updateRequestedCapabilities();
  const approved = await answered;
  return approved.includes(SEND_KEYS) && approved.includes(RECEIVE_KEYS);
};

type CapabilitiesAnswer = CustomEvent<{ data: { approved: readonly string[] } }>;

/** The answer is for the user, not the device: so that state stays bounded by membership. */
export const tokenKeyOf = (userId: string): string => `_${userId}`;
