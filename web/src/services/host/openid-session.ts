/** A session with the bridge for somebody whose homeserver vouches for them (docs/protocol.md §5). */
import { problemOf } from "../../lib/problem";
import type { Api } from "../api";
import { SessionSchema } from "../api-schema";
import type { RtcPort } from "../matrixrtc/port";
import type { BridgeSession } from "./bridge-rooms";

type Asker = Pick<RtcPort, "roomId" | "deviceId" | "openIdToken">;

type Opened = { secret: string; until: number };

const SPARE_MS = 60_000;

/** Begun when it is first needed: the person may be asked whether we may know who they are. */
export const createOpenIdSession = (api: Api, asker: Asker, now: () => number): BridgeSession => {
  let session: Promise<Opened> | null = null;

  const begin = async (): Promise<Opened> => {
    const answer = await api.post("/session", SessionSchema, {
      openid: await asker.openIdToken(),
      room_id: asker.roomId,
      device_id: asker.deviceId,
    });
    return { secret: answer.session, until: answer.expires_ts - SPARE_MS };
  };

  const current = async (): Promise<Opened> => {
    session ??= begin();
    try {
      return await session;
    } catch (error) {
      session = null;
      throw error;
    }
  };

  return {
    bearer: async () => {
      if ((await current()).until <= now()) session = null;
      return (await current()).secret;
    },
    failed: (error) => {
      if (problemOf(error).code === "SESSION_ENDED") session = null;
      return error;
    },
  };
};
