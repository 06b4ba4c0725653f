/** The shapes of the bridge's answers, and how they become the client's own values. */
import * as v from "valibot";
import { localpart } from "../lib/identity";
import type { Call, CallToken, PastCall, RoomSnapshot } from "../lib/model";
import type { MissedCall, Ring, RingNews } from "../lib/rings";

export const ChannelSchema = v.pipe(
  v.object({
    enabled: v.optional(v.boolean(), true),
    user_limit: v.optional(v.number(), 0),
    bitrate: v.optional(v.number(), 64_000),
    status: v.optional(v.nullable(v.string()), ""),
    locked: v.optional(v.boolean(), false),
    media_encryption: v.optional(v.boolean(), true),
  }),
  v.transform(({ user_limit, status, media_encryption, ...rest }) => ({
    ...rest,
    mediaEncryption: media_encryption,
    userLimit: user_limit,
    status: status ?? "",
  })),
);

const RosterEntrySchema = v.pipe(
  v.object({
    user_id: v.string(),
    device_id: v.string(),
    identities: v.optional(v.array(v.string()), []),
    joined_ts: v.number(),
    muted: v.optional(v.boolean(), false),
    deafened: v.optional(v.boolean(), false),
    video: v.optional(v.boolean(), false),
    screen: v.optional(v.boolean(), false),
    hand: v.optional(v.boolean(), false),
    server_muted: v.optional(v.boolean(), false),
    server_deafened: v.optional(v.boolean(), false),
  }),
  v.transform(({ user_id, device_id, joined_ts, server_muted, server_deafened, ...rest }) => ({
    ...rest,
    held: { muted: server_muted, deafened: server_deafened },
    userId: user_id,
    deviceId: device_id,
    joinedAt: joined_ts,
  })),
);

/** The roster, `io.haos.voice.call`: `{}` while there is no call. */
export const CallSchema = v.pipe(
  v.object({
    call_id: v.optional(v.string()),
    started_ts: v.optional(v.number(), 0),
    started_by: v.optional(v.string(), ""),
    count: v.optional(v.number()),
    participants: v.optional(v.array(RosterEntrySchema), []),
  }),
  v.transform((call): Call | null =>
    call.call_id === undefined || call.call_id === ""
      ? null
      : {
          callId: call.call_id,
          startedAt: call.started_ts,
          startedBy: call.started_by,
          count: call.count ?? call.participants.length,
          roster: call.participants,
        },
  ),
);

export const RoomSchema = v.pipe(
  v.object({
    room_id: v.string(),
    name: v.optional(v.nullable(v.string()), ""),
    // In the bridge's answer it says what is; in the room's state, what is wanted.
    channel: v.optional(ChannelSchema, { media_encryption: false }),
    call: v.optional(v.nullable(CallSchema), {}),
    people: v.optional(
      v.record(
        v.string(),
        v.object({
          name: v.optional(v.nullable(v.string())),
          avatar_url: v.optional(v.nullable(v.string())),
        }),
      ),
      {},
    ),
    you: v.object({ user_id: v.string(), may_moderate: v.optional(v.boolean(), false) }),
  }),
  v.transform((room): RoomSnapshot => ({
    roomId: room.room_id,
    name: room.name ?? "",
    channel: room.channel,
    call: room.call,
    names: Object.fromEntries(
      Object.entries(room.people).map(([id, { name }]) => [id, name ?? localpart(id)]),
    ),
    pictures: Object.fromEntries(
      Object.entries(room.people).map(([id, { avatar_url }]) => [id, avatar_url ?? ""]),
    ),
    mayModerate: room.you.may_moderate,
  })),
);

export const SessionSchema = v.object({
  session: v.string(),
  expires_ts: v.number(),
  user_id: v.string(),
  device_id: v.string(),
  name: v.optional(v.nullable(v.string())),
  room_id: v.string(),
});

export const TokenSchema = v.pipe(
  v.object({
    livekit_url: v.string(),
    jwt: v.string(),
    identity: v.string(),
    call_id: v.optional(v.string(), ""),
    media_encryption: v.optional(v.boolean(), false),
  }),
  v.transform(({ livekit_url, jwt, identity, call_id, media_encryption }): CallToken => ({
    url: livekit_url,
    jwt,
    identity,
    callId: call_id,
    encrypts: media_encryption,
  })),
);

export const MoveSchema = v.object({
  room_id: v.string(),
  name: v.optional(v.nullable(v.string()), ""),
  livekit_url: v.string(),
  jwt: v.string(),
  identity: v.string(),
  call_id: v.optional(v.string(), ""),
  media_encryption: v.optional(v.boolean(), false),
});

/** A moderator takes us out of the call. */
export const RemovedSchema = v.object({ by: v.string() });

const CallerSchema = v.pipe(
  v.object({ user_id: v.string(), name: v.optional(v.nullable(v.string())) }),
  v.transform(({ user_id, name }) => ({ id: user_id, name: name ?? localpart(user_id) })),
);

/** Answered, declined and missed ones are told of, too. */
type LiveRing = { rings: boolean; ring: Ring };

const RingSchema = v.pipe(
  v.object({
    call_id: v.string(),
    room_id: v.string(),
    room_name: v.optional(v.nullable(v.string()), ""),
    caller: CallerSchema,
    started_ts: v.number(),
    until_ts: v.number(),
    state: v.string(),
  }),
  v.transform(({ call_id, room_id, room_name, caller, started_ts, until_ts, state }): LiveRing => ({
    rings: state === "ringing",
    ring: {
      callId: call_id,
      roomId: room_id,
      name: room_name ?? "",
      by: caller.name,
      byId: caller.id,
      startedTs: started_ts,
      expiresTs: until_ts,
    },
  })),
);

const MissedSchema = v.pipe(
  v.object({
    call_id: v.string(),
    room_id: v.string(),
    room_name: v.optional(v.nullable(v.string()), ""),
    caller: CallerSchema,
    ts: v.number(),
  }),
  v.transform(({ call_id, room_id, room_name, caller, ts }): MissedCall => ({
    callId: call_id,
    roomId: room_id,
    name: room_name ?? "",
    by: caller.name,
    at: ts,
  })),
);

/** Of `GET /events`, those that tell of rings. */
export const RING_EVENTS = ["channels", "rings", "missed"] as const;

/** Of `GET /rooms`, and of the events `rings` and `missed` alone. Others than "ringing" are over. */
export const RingNewsSchema = v.pipe(
  v.object({
    rings: v.optional(v.array(RingSchema)),
    missed: v.optional(v.array(MissedSchema)),
  }),
  v.transform(({ rings, missed }): RingNews => ({
    ...(rings && { rings: rings.flatMap(({ ring, rings: now }) => (now ? [ring] : [])) }),
    ...(missed && { missed }),
  })),
);

export const HistorySchema = v.pipe(
  v.object({
    calls: v.array(
      v.object({
        call_id: v.string(),
        started_ts: v.number(),
        ended_ts: v.nullable(v.number()),
        started_by: v.optional(v.string(), ""),
        peak: v.optional(v.number(), 0),
        participants: v.optional(
          v.array(
            v.object({
              user_id: v.string(),
              name: v.optional(v.nullable(v.string())),
              seconds: v.number(),
            }),
          ),
          [],
        ),
      }),
    ),
  }),
  v.transform(({ calls }): PastCall[] =>
    calls.map((call) => ({
      callId: call.call_id,
      startedAt: call.started_ts,
      endedAt: call.ended_ts,
      startedBy: call.started_by,
      peak: call.peak,
      people: call.participants.map(({ user_id, name, seconds }) => ({
        userId: user_id,
        name: name ?? localpart(user_id),
        seconds,
      })),
    })),
  ),
);
