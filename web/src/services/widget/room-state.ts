/** The room as its state events tell it; what is not told has the protocol's defaults. */
import * as v from "valibot";
import { localpart } from "../../lib/identity";
import type { RoomSnapshot } from "../../lib/model";
import { CallSchema, ChannelSchema } from "../api-schema";
import { CALL_MEMBER } from "../matrixrtc/content";
import { CALL, CHANNEL, ENCRYPTION, POWER_LEVELS } from "./capabilities";
import type { StateEvent } from "./client";

const MODERATE = "io.haos.voice.moderate";
const MODERATE_LEVEL = 50;
/** Rooms that are voice channels by their type (MSC3417), without an event. */
const CALL_ROOMS = ["org.matrix.msc3417.call", "m.call", "io.element.video"];
/** Before this version, a creator is listed among the users like everybody. */
const CREATORS_STAND_ABOVE = 12;

const Name = v.object({ name: v.string() });
const Member = v.object({
  displayname: v.optional(v.nullable(v.string())),
  avatar_url: v.optional(v.nullable(v.string())),
});
const Create = v.object({
  type: v.optional(v.string(), ""),
  room_version: v.optional(v.string(), "1"),
  additional_creators: v.optional(v.array(v.string()), []),
});
const Levels = v.object({
  users: v.optional(v.record(v.string(), v.number()), {}),
  users_default: v.optional(v.number(), 0),
  events: v.optional(v.record(v.string(), v.number()), {}),
});

export type RoomState = {
  add: (events: readonly StateEvent[]) => void;
  get: (type: string, stateKey?: string) => StateEvent | undefined;
  all: (type: string) => readonly StateEvent[];
  /** Who is in the call, by user ID, as the bridge and as MatrixRTC tell it; and we. */
  people: () => readonly string[];
  /** There is no way back from it. */
  isEncrypted: () => boolean;
  snapshot: (owners: Readonly<Record<string, string>>) => RoomSnapshot;
};

export const createRoomState = (roomId: string, me: string): RoomState => {
  const kept = new Map<string, Map<string, StateEvent>>();

  const get = (type: string, stateKey = "") => kept.get(type)?.get(stateKey);
  const all = (type: string) => [...(kept.get(type)?.values() ?? [])];
  const call = () => parse(CallSchema, get(CALL)?.content) ?? null;
  const people = () => [
    ...new Set([
      me,
      ...(call()?.roster ?? []).map(({ userId }) => userId),
      ...all(CALL_MEMBER).map(({ sender }) => sender),
    ]),
  ];

  const nameOf = (userId: string): string => {
    const member = parse(Member, get("m.room.member", userId)?.content);
    const name = member?.displayname ?? "";
    return name === "" ? localpart(userId) : name;
  };

  const pictureOf = (userId: string): string =>
    parse(Member, get("m.room.member", userId)?.content)?.avatar_url ?? "";

  const mayModerate = (): boolean => {
    const created = get("m.room.create");
    const create = parse(Create, created?.content);
    const isNew = Number(create?.room_version ?? 1) >= CREATORS_STAND_ABOVE;
    if (isNew && [created?.sender, ...(create?.additional_creators ?? [])].includes(me))
      return true;
    const levels = parse(Levels, get(POWER_LEVELS)?.content);
    if (levels === null) return false;
    const mine = levels.users[me] ?? levels.users_default;
    return mine >= (levels.events[MODERATE] ?? MODERATE_LEVEL);
  };

  const isEncrypted = () => get(ENCRYPTION) !== undefined;

  const channel = () => {
    const told = parse(ChannelSchema, get(CHANNEL)?.content ?? {});
    const wanted = told ?? v.parse(ChannelSchema, {});
    const settings = { ...wanted, mediaEncryption: wanted.mediaEncryption && isEncrypted() };
    if (get(CHANNEL) !== undefined) return settings;
    const type = parse(Create, get("m.room.create")?.content)?.type ?? "";
    return { ...settings, enabled: CALL_ROOMS.includes(type) };
  };

  return {
    add: (events) => {
      for (const event of events) {
        const keys = kept.get(event.type) ?? new Map<string, StateEvent>();
        keys.set(event.stateKey, event);
        kept.set(event.type, keys);
      }
    },
    get,
    all,
    people,
    isEncrypted,
    snapshot: (owners) => {
      const everybody = [...people(), ...Object.values(owners)];
      return {
        roomId,
        name: parse(Name, get("m.room.name")?.content)?.name ?? "",
        channel: channel(),
        call: call(),
        names: Object.fromEntries(everybody.map((userId) => [userId, nameOf(userId)])),
        pictures: Object.fromEntries(everybody.map((userId) => [userId, pictureOf(userId)])),
        owners,
        mayModerate: mayModerate(),
      };
    },
  };
};

const parse = <T>(schema: v.GenericSchema<unknown, T>, content: unknown): T | null => {
  const parsed = v.safeParse(schema, content);
  return parsed.success ? parsed.output : null;
};
