/** On its own, with the person's account: rooms by sync, the way in by the sealed handshake. */
import { Direction, Filter, type MatrixClient, Method, RoomStateEvent } from "matrix-js-sdk";
import type { MatrixEvent } from "matrix-js-sdk";
import { localpart } from "../../lib/identity";
import type { PastCall, RoomSnapshot } from "../../lib/model";
import { pastCalls } from "../../lib/past-calls";
import type { Rooms } from "../../lib/rooms";
import type { Api } from "../api";
import { createBridgeSession } from "../bridge-session";
import { prepareHandshake, TOKEN_TYPE } from "../handshake";
import { createKeyTransport } from "../matrix/keys";
import { pictureAt } from "../matrix/picture";
import { pathOf } from "../matrix/rtc-port";
import { createRtc } from "../matrix/rtc";
import type { KeyTransport } from "../matrixrtc/keys/transport";
import { type Answer, wayIn } from "../widget/token";
import type { Host } from "./host";

type Needs = {
  client: MatrixClient;
  bot: string;
  /** See `createRtc`. */
  serviceUrl: string;
  /** Of the bridge's HTTP API, and of another base address. */
  api: Api;
  apiOf: (base: string) => Api;
  rooms: () => Rooms;
  /** Calls back at each change of any room; returns what ends it. */
  onRooms: (listener: () => void) => () => void;
};

export const createStandaloneHost = (needs: Needs): Host => {
  const { client, bot, rooms, onRooms, serviceUrl, apiOf } = needs;
  prepareHandshake().catch(() => undefined); // tried again on the click
  const userId = client.getSafeUserId();
  const deviceId = client.getDeviceId() ?? "";
  const transports = new Map<string, KeyTransport>();
  const rtc = createRtc({ client, serviceUrl, apiOf });
  // For all of the user's rooms.
  const bridge = createBridgeSession(needs.api, async () => client.getOpenIdToken(), deviceId);

  return {
    open: async () => {
      const profile = await client.getProfileInfo(userId).catch(() => null);
      return { roomId: "", userId, deviceId, name: profile?.displayname ?? localpart(userId) };
    },
    watch: async (roomId, onRoom, signal) =>
      new Promise((resolve) => {
        let shown: RoomSnapshot | null = null;
        let owners: Readonly<Record<string, string>> = {};
        const look = () => {
          const now = rooms().get(roomId)?.voice ?? null;
          if (now !== null && now !== shown) onRoom({ ...now, owners });
          shown = now;
        };
        const stop = onRooms(look);
        rtc.watchOwners(
          roomId,
          (known) => {
            owners = known;
            shown = null;
            look();
          },
          signal,
        );
        signal.addEventListener("abort", () => {
          stop();
          resolve();
        });
        look();
      }),
    token: async (roomId, canEncrypt) =>
      wayIn({
        deviceId,
        canEncrypt,
        botId: bot,
        sendMessage: async (type, content) => {
          // Not by `sendEvent`, which would encrypt it in an encrypted room; it holds no secret.
          const path = pathOf("rooms", roomId, "send", type, crypto.randomUUID());
          await client.http.authedRequest(Method.Put, path, undefined, { ...content });
        },
        onAnswer: (listener) => listenForAnswers(client, roomId, listener),
        overHttp: async () => bridge.token(roomId, canEncrypt),
      }),
    keys: async (roomId) => {
      const known = transports.get(roomId);
      if (known !== undefined) return Promise.resolve(known);
      const transport = createKeyTransport(
        client,
        roomId,
        () => rooms().get(roomId)?.voice?.channel.mediaEncryption ?? true,
      );
      if (transport !== null) transports.set(roomId, transport);
      return Promise.resolve(transport);
    },
    history: async (roomId, limit) =>
      bridge
        .history(roomId, limit)
        // Where the bridge is not to be reached from here, the room remembers its calls, too.
        .catch(async () => cardsIn(client, bot, roomId, limit)),
    moderate: bridge.moderate,
    rings: bridge.rings,
    decline: async ({ roomId }) => bridge.decline(roomId),
    present: rtc.present,
    picture: async ({ address }) => pictureAt(client, address),
  };
};

const listenForAnswers = (
  client: MatrixClient,
  roomId: string,
  listener: (answer: Answer) => void,
): (() => void) => {
  const key = `_${client.getSafeUserId()}`;
  const onState = (event: MatrixEvent) => {
    if (event.getRoomId() !== roomId || event.getType() !== TOKEN_TYPE) return;
    if (event.getStateKey() !== key) return;
    listener({ sender: event.getSender() ?? "", content: event.getContent() });
  };
  client.on(RoomStateEvent.Events, onState);
  return () => client.off(RoomStateEvent.Events, onState);
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
  filter.setDefinition({ room: { timeline: { senders: [bot], types: ["m.room.message"] } } });
  let from: string | null = null;
  for (let page = 0; page < PAGES; page += 1) {
    const answer = await client.createMessagesRequest(
      roomId,
      from,
      100,
      Direction.Backward,
      filter,
    );
    contents.push(...answer.chunk.map(({ content }) => content as Record<string, unknown>));
    if (answer.end === undefined || answer.chunk.length === 0) break;
    from = answer.end;
  }
  const room = client.getRoom(roomId);
  const nameOf = (userId: string) => room?.getMember(userId)?.rawDisplayName;
  return pastCalls(contents.reverse(), nameOf).slice(0, limit);
};
