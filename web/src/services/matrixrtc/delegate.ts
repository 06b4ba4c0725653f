/** The hand-over of a delayed leave to the token service: it sees when a device is gone (MSC4195). */
import * as v from "valibot";
import type { Api } from "../api";
import type { RtcPort } from "./port";

export type Delegate = (serviceUrl: string, delayId: string, delayMs: number) => Promise<void>;

/**
 * By `/sfu/get` with the fields of a delay, and not by `/delegate_delayed_leave`: that one looks for
 * the hashed identity of the newer endpoints, and ours is the plain one.
 *
 * @param apiOf the HTTP client for a base address.
 */
export const createDelegate =
  (port: RtcPort, apiOf: (base: string) => Pick<Api, "post">): Delegate =>
  async (serviceUrl, delayId, delayMs) => {
    const { access_token, token_type, matrix_server_name, expires_in } = await port.openIdToken();
    await apiOf(serviceUrl.replace(/\/+$/u, "")).post("/sfu/get", v.unknown(), {
      room: port.roomId,
      device_id: port.deviceId,
      openid_token: { access_token, token_type, matrix_server_name, expires_in },
      delay_id: delayId,
      delay_timeout: delayMs,
    });
  };
