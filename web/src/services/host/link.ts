/** Opened by a one-time link of the bot: the code becomes a session with the bridge. */
import * as v from "valibot";
import { localpart } from "../../lib/identity";
import type { Session } from "../../lib/model";
import { problem, problemOf, VoiceError } from "../../lib/problem";
import type { Api } from "../api";
import {
  HistorySchema,
  RING_EVENTS,
  RingNewsSchema,
  RoomSchema,
  SessionSchema,
  TokenSchema,
} from "../api-schema";
import { follow } from "../follow";
import type { Host } from "./host";

const KEY = "haos-voice.session";
const Anything = v.unknown();

type Entry = { tag: "code"; code: string } | { tag: "return"; roomId: string };

/** A reload must not need a new link, but a closed tab ends it: hence session storage. */
export type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem">;

export const hasSession = (shelf: Shelf, roomId: string, now: number): boolean => {
  const kept = read(shelf);
  return kept !== null && kept.room_id === roomId && kept.expires_ts > now;
};

export const createLinkHost = (api: Api, shelf: Shelf, entry: Entry): Host => {
  let bearer = "";

  const ended = (error: unknown): unknown => {
    if (problemOf(error).code === "SESSION_ENDED") shelf.removeItem(KEY);
    return error;
  };
  const guarded = async <T>(answer: Promise<T>): Promise<T> =>
    answer.catch((error: unknown) => {
      throw ended(error);
    });

  /** `onData` says whether it made sense of what came. */
  const followed = async (
    path: string,
    events: readonly string[],
    signal: AbortSignal,
    onData: (value: unknown) => boolean,
  ): Promise<void> =>
    guarded(
      follow(async (isGood) => {
        const onEvent = (value: unknown) => {
          if (onData(value)) isGood();
        };
        await api.follow({ path, events, bearer, signal, onData: onEvent });
      }, signal),
    );

  return {
    open: async () => {
      const answer = entry.tag === "code" ? await exchange(api, entry.code) : read(shelf);
      if (answer === null) throw new VoiceError(problem("SESSION_ENDED"));
      shelf.setItem(KEY, JSON.stringify(answer));
      bearer = answer.session;
      return sessionOf(answer);
    },
    watch: async (roomId, onRoom, signal) => {
      // Moved by a moderator: the session came along, and a reload must find it there.
      const kept = read(shelf);
      if (kept !== null && kept.room_id !== roomId)
        shelf.setItem(KEY, JSON.stringify({ ...kept, room_id: roomId }));
      await followed(`/rooms/${encodeURIComponent(roomId)}/events`, ["room"], signal, (value) => {
        const room = v.safeParse(RoomSchema, value);
        if (room.success) onRoom(room.output);
        return room.success;
      });
    },
    rings: async (onNews, signal) =>
      followed("/events", RING_EVENTS, signal, (value) => {
        const news = v.safeParse(RingNewsSchema, value);
        if (news.success) onNews(news.output);
        return news.success;
      }),
    decline: async ({ roomId }) => {
      await guarded(api.post(`/rooms/${encodeURIComponent(roomId)}/decline`, Anything, {}, bearer));
    },
    token: async (roomId) =>
      guarded(api.post(`/rooms/${encodeURIComponent(roomId)}/token`, TokenSchema, {}, bearer)),
    history: async (roomId, limit) =>
      guarded(
        api.get(
          `/rooms/${encodeURIComponent(roomId)}/history?limit=${limit}`,
          HistorySchema,
          bearer,
        ),
      ),
    picture: async ({ roomId, userId }) => {
      const room = encodeURIComponent(roomId);
      return guarded(api.file(`/rooms/${room}/avatars/${encodeURIComponent(userId)}`, bearer));
    },
    moderate: async ({ roomId, identity, action, to }) => {
      const room = encodeURIComponent(roomId);
      const path = `/rooms/${room}/participants/${encodeURIComponent(identity)}`;
      const body = to === undefined ? { action } : { action, to };
      await guarded(api.post(path, Anything, body, bearer));
    },
  };
};

type Answer = v.InferOutput<typeof SessionSchema>;

const exchange = async (api: Api, code: string): Promise<Answer> => {
  try {
    return await api.post("/session", SessionSchema, { code });
  } catch (error) {
    const what = problemOf(error);
    // 403 without a code of its own: used, revoked or expired. The server does not say which.
    if (what.code === "FORBIDDEN") throw new VoiceError(problem("LINK_SPENT", what.detail));
    throw error;
  }
};

const sessionOf = (answer: Answer): Session => ({
  roomId: answer.room_id,
  userId: answer.user_id,
  deviceId: answer.device_id,
  name: answer.name ?? localpart(answer.user_id),
});

const read = (shelf: Shelf): Answer | null => {
  try {
    const kept = v.safeParse(SessionSchema, JSON.parse(shelf.getItem(KEY) ?? "null"));
    return kept.success ? kept.output : null;
  } catch {
    return null;
  }
};
