/** A room by the bridge's HTTP API, for whoever has a session with it. */
import * as v from "valibot";
import { backoffMs } from "../../lib/backoff";
import { passesByItself, problemOf } from "../../lib/problem";
import type { Api } from "../api";
import { HistorySchema, RoomSchema, TokenSchema } from "../api-schema";
import { pause } from "../pause";
import type { Host } from "./host";

const Anything = v.unknown();

export type BridgeSession = {
  bearer: () => Promise<string>;
  /** Told what went wrong; gives what is to be thrown. */
  failed: (error: unknown) => unknown;
};

type BridgeRooms = Pick<Host, "watch" | "token" | "history"> & {
  moderate: NonNullable<Host["moderate"]>;
};

export const createBridgeRooms = (api: Api, { bearer, failed }: BridgeSession): BridgeRooms => {
  const guarded = async <T>(ask: (session: string) => Promise<T>): Promise<T> => {
    try {
      return await ask(await bearer());
    } catch (error) {
      throw failed(error);
    }
  };

  return {
    watch: async (roomId, onRoom, signal) => {
      const path = `${pathOf(roomId)}/events`;
      let failures = 0;
      const over = () => signal.aborted;
      while (!over()) {
        try {
          const onData = (value: unknown) => {
            const room = v.safeParse(RoomSchema, value);
            if (!room.success) return;
            failures = 0;
            onRoom(room.output);
          };
          await api.follow({ path, event: "room", bearer: await bearer(), signal, onData });
        } catch (error) {
          if (over()) return;
          const told = failed(error);
          if (!passesByItself(problemOf(told))) throw told;
        }
        failures += 1;
        await pause(backoffMs(failures, Math.random()), signal);
      }
    },
    token: async (roomId) =>
      guarded(async (session) => api.post(`${pathOf(roomId)}/token`, TokenSchema, {}, session)),
    history: async (roomId, limit) =>
      guarded(async (session) =>
        api.get(`${pathOf(roomId)}/history?limit=${limit}`, HistorySchema, session),
      ),
    moderate: async ({ roomId, identity, action, to }) => {
      const path = `${pathOf(roomId)}/participants/${encodeURIComponent(identity)}`;
      const body = to === undefined ? { action } : { action, to };
      await guarded(async (session) => api.post(path, Anything, body, session));
    },
  };
};

const pathOf = (roomId: string): string => `/rooms/${encodeURIComponent(roomId)}`;
