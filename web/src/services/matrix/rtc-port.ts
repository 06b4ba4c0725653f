/** What MatrixRTC needs, by the SDK: our device in one room. */
import { type MatrixClient, Method } from "matrix-js-sdk";
import type { RtcPort } from "../matrixrtc/port";

export const createRtcPort = (client: MatrixClient, roomId: string): RtcPort => {
  const update = {
    restart: async (id: string) => client._unstable_restartScheduledDelayedEvent(id),
    send: async (id: string) => client._unstable_sendScheduledDelayedEvent(id),
    cancel: async (id: string) => client._unstable_cancelScheduledDelayedEvent(id),
  };
  return {
    roomId,
    userId: client.getSafeUserId(),
    deviceId: client.getDeviceId() ?? "",
    sendState: async (type, stateKey, content) => {
      await client.http.authedRequest(
        Method.Put,
        pathOf("rooms", roomId, "state", type, stateKey),
        undefined,
        { ...content },
      );
    },
    sendDelayedState: async (type, stateKey, content, delayMs) => {
      const answer = await client._unstable_sendDelayedStateEvent(
        roomId,
        { delay: delayMs },
        type as never,
        content as never,
        stateKey,
      );
      return answer.delay_id;
    },
    updateDelayed: async (delayId, action) => {
      await update[action](delayId);
    },
    openIdToken: async () => client.getOpenIdToken(),
  };
};

/** The parts of a path, each encoded. */
export const pathOf = (...parts: readonly string[]): string =>
  `/${parts.map(encodeURIComponent).join("/")}`;
