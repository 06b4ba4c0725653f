/** On its own, with the person's account: rooms by sync, the way in by the sealed handshake. */
import {
  Direction,
  Filter,
  type MatrixClient,
  type MatrixEvent,
  Method,
  RoomStateEvent,
} from "matrix-js-sdk";
import type { CallToken, PastCall, RoomSnapshot } from "../../lib/model";
import { pastCalls } from "../../lib/past-calls";
import { passesByItself, problem, problemOf, VoiceError } from "../../lib/problem";
import type { Rooms } from "../../lib/rooms";
import type { BridgeSession } from "../bridge-session";
import { ANSWER_MS, beginHandshake, JOIN_TYPE, TOKEN_TYPE } from "../handshake";
import type { Host } from "./host";

type Needs = {
  client: MatrixClient;
  bot: string;
  bridge: BridgeSession;
  rooms: () => Rooms;
  /** Calls back at each change of any room; returns what ends it. */
  onRooms: (listener: () => void) => () => void;
};

export const createStandaloneHost = ({ client, bot, bridge, rooms, onRooms }: Needs): Host => ({
  open: async () => {
    const userId = client.getSafeUserId();
    const name = client.getUser(userId)?.rawDisplayName ?? userId;
    return Promise.resolve({ roomId: "", userId, deviceId: client.getDeviceId() ?? "", name });
  },
  watch: async (roomId, onRoom, signal) =>
    new Promise((resolve) => {
      let shown: RoomSnapshot | null = null;
      const look = () => {
        const now = rooms().get(roomId)?.voice ?? null;
        if (now !== null && now !== shown) onRoom(now);
        shown = now;
      };
      const stop = onRooms(look);
      signal.addEventListener("abort", () => {
        stop();
        resolve();
      });
      look();
    }),
  token: async (roomId) => {
    try {
      return await sealedToken(client, bot, roomId);
    } catch (error) {
      // The bot says no, or it does not answer: then its HTTP side may, unless that is down as well.
      const told = problemOf(error);
      if (told.code !== "NO_ANSWER" && told.code !== "UNEXPECTED") throw error;
      return bridge.token(roomId).catch((second: unknown) => {
        throw passesByItself(problemOf(second)) ? error : second;
      });
    }
  },
  history: async (roomId, limit) =>
    bridge
      .history(roomId, limit)
      // Where the bridge is not to be reached from here, the room remembers its calls, too.
      .catch(async () => cardsIn(client, bot, roomId, limit)),
  moderate: bridge.moderate,
});

const sealedToken = async (
  client: MatrixClient,
  bot: string,
  roomId: string,
): Promise<CallToken> => {
  const handshake = await beginHandshake(client.getDeviceId() ?? "");
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      client.off(RoomStateEvent.Events, onState);
    };
    const fail = (error: unknown) => {
      end();
      reject(error instanceof VoiceError ? error : new VoiceError(refusal(error)));
    };
    const onState = (event: MatrixEvent) => {
      if (event.getRoomId() !== roomId || event.getType() !== TOKEN_TYPE) return;
      if (event.getSender() !== bot || event.getStateKey() !== `_${client.getSafeUserId()}`) return;
      handshake.read(event.getContent()).then((token) => {
        if (token === null) return;
        end();
        resolve(token);
      }, fail);
    };
    const timer = setTimeout(() => fail(new VoiceError(problem("NO_ANSWER"))), ANSWER_MS);
    // Listening first: the answer may come before the request's own answer does.
    client.on(RoomStateEvent.Events, onState);
    // Not by `sendEvent`, which would encrypt it in an encrypted room; it holds no secret.
    const path = ["rooms", roomId, "send", JOIN_TYPE, crypto.randomUUID()];
    client.http
      .authedRequest(
        Method.Put,
        `/${path.map(encodeURIComponent).join("/")}`,
        undefined,
        handshake.request,
      )
      .catch(fail);
  });
};

/** What the homeserver's refusal of the request means. */
const refusal = (error: unknown) => {
  const { errcode, data } = error as { errcode?: string; data?: { error?: string } };
  if (errcode === "M_FORBIDDEN") return problem("FORBIDDEN", data?.error ?? "");
  if (errcode === "M_LIMIT_EXCEEDED") return problem("RATE_LIMITED");
  if (errcode === undefined) return problem("UNREACHABLE");
  return problem("UNEXPECTED", data?.error ?? "");
};

const PAGES = 3;

const cardsIn = async (
  client: MatrixClient,
  bot: string,
  roomId: string,
  limit: number,
): Promise<readonly PastCall[]> => {
  const contents: Record<string, unknown>[] = [];
  const filter = new Filter(client.getSafeUserId());
  filter.setDefinition({
    room: { timeline: { senders: [bot], types: ["m.room.message"], not_types: [] } },
  });
  let from: string | null = null;
  for (let page = 0; page < PAGES; page += 1) {
    const answer = await client.createMessagesRequest(roomId, from, 100, Direction.Backward, filter);
    contents.push(...answer.chunk.map(({ content }) => content as Record<string, unknown>));
    if (answer.end === undefined || answer.chunk.length === 0) break;
    from = answer.end;
  }
  const room = client.getRoom(roomId);
  const nameOf = (userId: string) => room?.getMember(userId)?.rawDisplayName;
  return pastCalls(contents.reverse(), nameOf).slice(0, limit);
};

