/** A session with the bridge's HTTP API for whoever has a Matrix account (docs/protocol.md §5). */
import * as v from "valibot";
import type { CallToken, PastCall } from "../lib/model";
import { problemOf } from "../lib/problem";
import type { RingNews } from "../lib/rings";
import type { Api } from "./api";
import { HistorySchema, RING_EVENTS, RingNewsSchema, TokenSchema } from "./api-schema";
import { follow } from "./follow";
import type { Order } from "./host/host";

const SessionSchema = v.object({ session: v.string() });
const Anything = v.unknown();

export type BridgeSession = {
  /** Somebody proved who they are here, without being refused since. */
  isOpen: () => boolean;
  token: (roomId: string, canEncrypt: boolean) => Promise<CallToken>;
  history: (roomId: string, limit: number) => Promise<readonly PastCall[]>;
  moderate: (order: Order) => Promise<void>;
  /** Who rings us, and whose calls we missed; ends with the signal. */
  rings: (onNews: (news: RingNews) => void, signal: AbortSignal) => Promise<void>;
  decline: (roomId: string) => Promise<void>;
};

/** @param openId A fresh token of the homeserver that says who we are; the bridge asks it back. */
export const createBridgeSession = (
  api: Api,
  openId: () => Promise<unknown>,
  deviceId: string,
): BridgeSession => {
  let opening: Promise<string> | null = null;

  const open = async (): Promise<string> => {
    const body = { openid: await openId(), device_id: deviceId };
    return (await api.post("/session", SessionSchema, body)).session;
  };
  /** Opened when it is needed, and once more if it has ended meanwhile. */
  const withSession = async <T>(work: (bearer: string) => Promise<T>): Promise<T> => {
    opening ??= open();
    const before = opening;
    try {
      return await work(await before);
    } catch (error) {
      if (opening === before) opening = null;
      if (problemOf(error).code !== "SESSION_ENDED") throw error;
      opening ??= open();
      return work(await opening);
    }
  };
  const path = (roomId: string) => `/rooms/${encodeURIComponent(roomId)}`;

  return {
    isOpen: () => opening !== null,
    token: async (roomId, canEncrypt) => {
      const body = { media_encryption: canEncrypt };
      return withSession(async (bearer) =>
        api.post(`${path(roomId)}/token`, TokenSchema, body, bearer),
      );
    },
    history: async (roomId, limit) =>
      withSession(async (bearer) =>
        api.get(`${path(roomId)}/history?limit=${limit}`, HistorySchema, bearer),
      ),
    moderate: async ({ roomId, identity, action, to }) => {
      const where = `${path(roomId)}/participants/${encodeURIComponent(identity)}`;
      const body = to === undefined ? { action } : { action, to };
      await withSession(async (bearer) => api.post(where, Anything, body, bearer));
    },
    rings: async (onNews, signal) =>
      follow(
        async (isGood) =>
          withSession(async (bearer) =>
            api.follow({
              path: "/events",
              events: RING_EVENTS,
              bearer,
              signal,
              onData: (value) => {
                const news = v.safeParse(RingNewsSchema, value);
                if (!news.success) return;
                isGood();
                onNews(news.output);
              },
            }),
          ),
        signal,
      ),
    decline: async (roomId) => {
      await withSession(async (bearer) =>
        api.post(`${path(roomId)}/decline`, Anything, {}, bearer),
      );
    },
  };
};
