/** A LiveKit room as the rest of the client needs it. Only this file and its parts know the SDK. */
import {
  ConnectionError,
  ConnectionErrorReason,
  DisconnectReason,
  type LocalTrackPublication,
  type Participant,
  type ReconnectPolicy,
  type RemoteParticipant,
  Room,
  RoomEvent,
  ScreenSharePresets,
  Track,
  type TrackPublication,
  VideoPresets,
} from "livekit-client";
import * as v from "valibot";
import type { Ending } from "../lib/connection";
import type { Rights } from "../lib/media";
import type { CallToken, Move, VideoSource } from "../lib/model";
import type { Counters } from "../lib/network";
import { problem, VoiceError } from "../lib/problem";
import type { Settings } from "../lib/settings";
import { MoveSchema, RemovedSchema } from "./api-schema";
import { createHearing, type Hearing } from "./livekit-hearing";
import type { Seal } from "./livekit-seal";
import { countersOf } from "./livekit-stats";
import { DEAFENED, HAND } from "./livekit-view";

export { isE2EESupported as browserCanEncrypt } from "livekit-client";
export { viewOf } from "./livekit-view";

const MOVE_TOPIC = "io.haos.voice.move";
const REMOVED_TOPIC = "io.haos.voice.removed";
const CONNECT_MS = 15_000;

export type MediaEvents = {
  onReconnecting: () => void;
  onReconnected: () => void;
  /** "lost" may be tried again. */
  onEnded: (why: Ending | "lost", by?: string) => void;
  onMove: (move: Move) => void;
  onRights: (rights: Rights) => void;
  onMutedByServer: () => void;
  /** The person, or the browser's own bar, stopped it. */
  onVideoStopped: (source: VideoSource) => void;
  onSoundBlocked: (blocked: boolean) => void;
  /** Whose media we cannot open for want of a key. */
  onWaitingForKeys: (identities: ReadonlySet<string>) => void;
};

export type ShareSettings = Pick<Settings, "share" | "shareSound">;

export type MediaRoom = Pick<Hearing, "setVolumes" | "levels"> & {
  /** For the hooks of components-react, and nobody else. */
  room: Room;
  connect: (token: CallToken) => Promise<void>;
  leave: () => Promise<void>;
  publishMicrophone: (track: MediaStreamTrack, muted: boolean, bitrate: number) => Promise<void>;
  setMuted: (muted: boolean) => Promise<void>;
  setCamera: (on: boolean, deviceId: string) => Promise<void>;
  setScreen: (on: boolean, settings: ShareSettings) => Promise<void>;
  tell: (deafened: boolean, hand: boolean) => Promise<void>;
  showVideo: (identity: string, source: VideoSource, element: HTMLVideoElement) => () => void;
  startSound: () => Promise<void>;
  counters: () => Promise<ReadonlyMap<string, Counters>>;
};

/**
 * Six quick tries, some eight seconds. Then the bridge is asked for a new token instead: LiveKit
 * may have forgotten the room, and then the old one opens nothing.
 */
const RECONNECT_MS = [0, 300, 700, 1500, 2500, 3000];
const reconnectPolicy: ReconnectPolicy = {
  nextRetryDelayInMs: ({ retryCount }) => RECONNECT_MS[retryCount] ?? null,
};

/** @param seal null where nothing is encrypted from end to end. */
export const createMediaRoom = (
  context: AudioContext,
  events: MediaEvents,
  seal: Seal | null,
): MediaRoom => {
  const room = new Room({
    ...seal?.options,
    adaptiveStream: true,
    dynacast: true,
    // Through WebAudio a voice can be louder than it came.
    webAudioMix: { audioContext: context },
    reconnectPolicy,
    videoCaptureDefaults: { resolution: VideoPresets.h720.resolution },
  });
  const hearing = createHearing(room, context);
  const release = () => {
    hearing.end();
    seal?.end();
  };
  let wantsMuted = false;
  let connected = false;
  /** Who removes us is told just before. */
  let removedBy: string | undefined;

  const microphone = () => room.localParticipant.getTrackPublication(Track.Source.Microphone);

  room
    .on(RoomEvent.Reconnecting, events.onReconnecting)
    .on(RoomEvent.SignalReconnecting, events.onReconnecting)
    .on(RoomEvent.Reconnected, events.onReconnected)
    .on(RoomEvent.Disconnected, (reason) => {
      release();
      // The SDK also leaves by itself, when a page is frozen or put aside: that one may come back.
      if (connected) events.onEnded(whyOf(reason), removedBy);
    })
    .on(
      RoomEvent.DataReceived,
      (payload, sender?: RemoteParticipant, _kind?: unknown, topic?: string) => {
        // Anybody in the call can send data; only the server's has no sender.
        if (sender !== undefined) return;
        if (topic === REMOVED_TOPIC) removedBy = removerOf(payload);
        if (topic !== MOVE_TOPIC) return;
        const move = moveOf(payload);
        if (move !== null) events.onMove(move);
      },
    )
    .on(RoomEvent.ParticipantPermissionsChanged, (_before: unknown, who: Participant) => {
      if (who.isLocal) events.onRights(rightsOf(room));
    })
    .on(RoomEvent.TrackMuted, (publication: TrackPublication, who: Participant) => {
      if (!who.isLocal) return;
      if (publication.source === Track.Source.Microphone && !wantsMuted) {
        wantsMuted = true;
        events.onMutedByServer();
      }
    })
    .on(RoomEvent.LocalTrackUnpublished, (publication: LocalTrackPublication) => {
      if (publication.source === Track.Source.ScreenShare) events.onVideoStopped("screen");
      if (publication.source === Track.Source.Camera) events.onVideoStopped("camera");
    })
    .on(RoomEvent.AudioPlaybackStatusChanged, () => events.onSoundBlocked(!room.canPlaybackAudio));

  return {
    room,
    setVolumes: hearing.setVolumes,
    levels: hearing.levels,
    connect: async ({ url, jwt }) => {
      try {
        await seal?.use(room, events.onWaitingForKeys);
        await room.connect(url, jwt, { maxRetries: 0, peerConnectionTimeout: CONNECT_MS });
        connected = true;
        events.onRights(rightsOf(room));
      } catch (error) {
        release();
        throw new VoiceError(connectProblem(error));
      }
    },
    leave: async () => {
      connected = false;
      await room.disconnect();
    },
    publishMicrophone: async (track, muted, bitrate) => {
      wantsMuted = muted;
      const before = microphone()?.track;
      if (before) await room.localParticipant.unpublishTrack(before);
      // A clone: LiveKit stops what is unpublished, and the original must live on.
      const published = await room.localParticipant.publishTrack(track.clone(), {
        source: Track.Source.Microphone,
        audioPreset: { maxBitrate: bitrate },
        dtx: true,
        red: true,
      });
      // Whatever was wished while it was being published.
      if (wantsMuted) await published.mute();
    },
    setMuted: async (muted) => {
      wantsMuted = muted;
      await (muted ? microphone()?.mute() : microphone()?.unmute());
    },
    setCamera: async (on, deviceId) => {
      const options = deviceId === "" ? undefined : { deviceId };
      await room.localParticipant.setCameraEnabled(on, options);
    },
    setScreen: async (on, settings) => {
      const { options, publish } = shareOf(settings);
      await room.localParticipant.setScreenShareEnabled(on, options, publish);
    },
    tell: async (deafened, hand) =>
      room.localParticipant.setAttributes({
        [DEAFENED]: deafened ? "true" : "",
        [HAND]: hand ? "true" : "",
      }),
    showVideo: (identity, source, element) => {
      const track = room
        .getParticipantByIdentity(identity)
        ?.getTrackPublication(
          source === "camera" ? Track.Source.Camera : Track.Source.ScreenShare,
        )?.videoTrack;
      track?.attach(element);
      return () => track?.detach(element);
    },
    startSound: async () => room.startAudio(),
    counters: async () => countersOf(room),
  };
};

/** Never connected: what hooks look at while there is no call. */
export const IDLE_ROOM = new Room();

// The rest of LiveKit's reasons are accidents: a restart, a lost network, a refused resume.
const whyOf = (reason: DisconnectReason | undefined): Ending | "lost" => {
  switch (reason) {
    case DisconnectReason.PARTICIPANT_REMOVED:
      return "removed";
    case DisconnectReason.DUPLICATE_IDENTITY:
      return "duplicate";
    case DisconnectReason.ROOM_DELETED:
      return "closed";
    case undefined:
    case DisconnectReason.UNKNOWN_REASON:
    case DisconnectReason.CLIENT_INITIATED:
    case DisconnectReason.SERVER_SHUTDOWN:
    case DisconnectReason.STATE_MISMATCH:
    case DisconnectReason.JOIN_FAILURE:
    case DisconnectReason.MIGRATION:
    case DisconnectReason.SIGNAL_CLOSE:
    case DisconnectReason.ROOM_CLOSED:
    case DisconnectReason.USER_UNAVAILABLE:
    case DisconnectReason.USER_REJECTED:
    case DisconnectReason.SIP_TRUNK_FAILURE:
    case DisconnectReason.CONNECTION_TIMEOUT:
    case DisconnectReason.MEDIA_FAILURE:
    case DisconnectReason.AGENT_ERROR:
      return "lost";
  }
};

const connectProblem = (error: unknown) => {
  // Somebody else's words would be read out to people; the reason is enough.
  if (error instanceof ConnectionError && error.reason === ConnectionErrorReason.NotAllowed)
    return problem("SFU_UNAVAILABLE", "the call server refused the token");
  return problem("SFU_UNAVAILABLE");
};

const rightsOf = (room: Room): Rights => {
  const granted = room.localParticipant.permissions;
  if (granted === undefined) return { speak: true, camera: true, screen: true, hear: true };
  const sources = granted.canPublishSources;
  const may = (source: Track.Source) =>
    granted.canPublish && (sources.length === 0 || sources.includes(Track.sourceToProto(source)));
  return {
    speak: may(Track.Source.Microphone),
    camera: may(Track.Source.Camera),
    screen: may(Track.Source.ScreenShare),
    hear: granted.canSubscribe,
  };
};

const removerOf = (payload: Uint8Array): string | undefined => {
  try {
    const parsed = v.safeParse(RemovedSchema, JSON.parse(new TextDecoder().decode(payload)));
    return parsed.success ? parsed.output.by : undefined;
  } catch {
    return undefined;
  }
};

const moveOf = (payload: Uint8Array): Move | null => {
  try {
    const parsed = v.safeParse(MoveSchema, JSON.parse(new TextDecoder().decode(payload)));
    if (!parsed.success) return null;
    const { room_id, name, livekit_url, jwt, identity, call_id, media_encryption } = parsed.output;
    const way = { url: livekit_url, jwt, identity, callId: call_id, encrypts: media_encryption };
    return { roomId: room_id, name: name ?? "", ...way };
  } catch {
    return null;
  }
};

const shareOf = ({ share, shareSound }: ShareSettings) => {
  const preset = {
    text: ScreenSharePresets.h1080fps15,
    "720p30": ScreenSharePresets.h720fps30,
    "1080p30": ScreenSharePresets.h1080fps30,
    "1080p60": ScreenSharePresets.h1080fps30,
  }[share];
  const frameRate = { text: 5, "720p30": 30, "1080p30": 30, "1080p60": 60 }[share];
  return {
    options: {
      audio: shareSound,
      resolution: { ...preset.resolution, frameRate },
      contentHint: share === "text" ? ("detail" as const) : ("motion" as const),
    },
    publish: { screenShareEncoding: { ...preset.encoding, maxFramerate: frameRate } },
  };
};
