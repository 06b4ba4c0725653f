/** All services put together, without React and without a store: `report` says what changes. */
import { type Connection, isInside } from "../lib/connection";
import type { LocalMedia } from "../lib/media";
import type { Move, PastCall, RoomSnapshot, Session } from "../lib/model";
import { problemOf, type Problem } from "../lib/problem";
import type { Ring, RingNews } from "../lib/rings";
import { type Settings, volumeOf } from "../lib/settings";
import { type Audio, createAudio } from "./audio";
import type { Host, Order } from "./host/host";
import { createKeyChain } from "./key-chain";
import { browserCanEncrypt, createMediaRoom, type MediaRoom } from "./livekit";
import type { Seal } from "./livekit-seal";
import { createLocalMedia, type LocalMediaControl } from "./local-media";
import { startMeter } from "./meter";
import { createMicrophone, type Microphone } from "./microphone";
import { createPictures, type Pictures } from "./pictures";
import { createRinger, type Ringer } from "./ringer";
import { createSounds, type Sounds } from "./sounds";
import { createVoiceChannel } from "./voice-channel";
import { onWake } from "./wake";

export type Report = {
  onSession: (session: Session) => void;
  onRefused: (problem: Problem) => void;
  onRoom: (room: RoomSnapshot) => void;
  onMoved: (move: Move) => void;
  onConnection: (connection: Connection) => void;
  onLocal: (local: LocalMedia) => void;
  onSpeaking: (identities: ReadonlySet<string>) => void;
  onWatch: (watch: { talkingWhileMuted: boolean; dead: boolean }) => void;
  onSoundBlocked: (blocked: boolean) => void;
  onSuppressionFailed: () => void;
  onRings: (news: RingNews) => void;
  /** How the call that we are in is encrypted from end to end; null: not at all, or in none. */
  onSealed: (sealed: { sends: boolean } | null) => void;
  onWaitingForKeys: (identities: ReadonlySet<string>) => void;
  onNotMoved: (move: Move, why: Problem) => void;
};

export type Engine = {
  open: () => Promise<void>;
  join: () => Promise<void>;
  leave: () => Promise<void>;
  /** Looks at another channel from outside; nothing while in a call. */
  show: (roomId: string) => void;
  /** Into that channel, out of a call too; rejects where we stay in the call that we are in. */
  enter: (roomId: string) => Promise<void>;
  retryNow: () => void;
  startSound: () => Promise<void>;
  local: LocalMediaControl;
  /** Made at the first call: browsers want a click before they let audio begin. */
  microphone: () => Microphone;
  sounds: () => Sounds;
  ringer: () => Ringer;
  /** Into the call that rings, out of the one we may be in. */
  accept: (ring: Ring) => Promise<void>;
  decline: (ring: Ring) => Promise<void>;
  /** For settings: the device as it is, in or out of a call. */
  openMicrophone: () => Promise<void>;
  closeMicrophone: () => void;
  /** Whether we could take part where media is encrypted from end to end. */
  hasKeys: boolean;
  media: () => MediaRoom | null;
  onMedia: (listener: () => void) => () => void;
  history: (limit: number) => Promise<readonly PastCall[]>;
  /** Somebody's picture, as an address for the page; null where there is none. */
  picture: Pictures["get"];
  moderate: ((order: Omit<Order, "roomId">) => Promise<void>) | null;
  applySettings: (settings: Settings) => void;
  /** For good: out of the call, and nothing is told any more. Resolves once the others know. */
  close: () => Promise<void>;
};

export const createEngine = (host: Host, settings: () => Settings, report: Report): Engine => {
  let audio: Audio | null = null;
  let microphone: Microphone | null = null;
  let sounds: Sounds | null = null;
  let ringer: Ringer | null = null;
  let media: MediaRoom | null = null;
  let local: LocalMedia | null = null;
  let room: RoomSnapshot | null = null;
  let roomId = "";
  let moved: Move | null = null;
  let watching = new AbortController();
  let stopMeter: (() => void) | null = null;
  let previews = 0;
  let presented: Promise<void> | undefined;
  const open = new AbortController();
  const listeners = new Set<() => void>();
  const pictures = host.picture && createPictures(host.picture);

  const getAudio = () => {
    if (audio === null) {
      audio = createAudio();
      void audio.setOutput(settings().outputDevice);
    }
    return audio;
  };
  const getMicrophone = () =>
    (microphone ??= createMicrophone(getAudio(), settings(), {
      onState: (state) => control.setMicrophone(state),
      onSuppressionFailed: report.onSuppressionFailed,
    }));

  const control = createLocalMedia({
    microphone: { track: () => getMicrophone().track() },
    volumeOf: (userId) => {
      const { volume, muted } = volumeOf(settings(), userId);
      return muted ? 0 : volume;
    },
    devices: () => ({ camera: settings().cameraDevice, share: settings() }),
    report: (state) => {
      const hadCamera = local?.camera ?? false;
      local = state;
      report.onLocal(state);
      if (state.camera !== hadCamera && media !== null) present(true);
    },
    onFailure: () => undefined,
  });

  const keys = createKeyChain(host, browserCanEncrypt);
  const seals = new WeakMap<MediaRoom, Seal | null>();

  const useMedia = (next: MediaRoom | null, inRoom: string) => {
    media = next;
    report.onWaitingForKeys(new Set());
    report.onSealed((next && seals.get(next)) ?? null);
    if (next !== null) keys.keepOnly(inRoom);
    if (inRoom !== roomId) watchRoom(inRoom);
    control.use(next, room?.channel.bitrate ?? 64_000);
    listeners.forEach((listener) => listener());
    if (next !== null) stopMeter ??= startMeter(meterNeeds);
    if (next === null) {
      stopMeter?.();
      stopMeter = null;
    }
  };

  const meterNeeds = {
    others: () => media?.levels() ?? new Map<string, number>(),
    own: () => {
      const muted = local?.muted ?? false;
      const live = local?.microphone.tag === "live";
      const passes = getMicrophone().passes();
      const db = getMicrophone().level();
      const heard = settings().inputMode !== "gate" || db > settings().gateDb;
      const identity = media?.room.localParticipant.identity ?? "";
      return { identity, db, live, muted, sends: live && !muted && passes && heard };
    },
    onSpeaking: report.onSpeaking,
    onWatch: report.onWatch,
    now: () => performance.now(),
  };

  /** What others see of us elsewhere is no condition for being in the call. */
  const present = (connected: boolean | null, taken = false) => {
    const call = connected === null ? null : { roomId, connected, video: local?.camera ?? false };
    presented = host.present?.(call, taken).catch(() => undefined);
  };

  const channel = createVoiceChannel<MediaRoom>({
    token: keys.token,
    createMedia: async (events, way, inRoom) => {
      const seal = await keys.seal(way, inRoom);
      const made = createMediaRoom(
        getAudio().context,
        {
          ...events,
          onRights: control.setRights,
          onMutedByServer: control.mutedByServer,
          onVideoStopped: control.videoStopped,
          onSoundBlocked: report.onSoundBlocked,
          onWaitingForKeys: (identities) => {
            if (media === made) report.onWaitingForKeys(identities);
          },
        },
        seal,
      );
      seals.set(made, seal);
      return made;
    },
    onMedia: useMedia,
    onMoved: (move) => {
      moved = move;
      if (room !== null) tellRoom(room);
      report.onMoved(move);
    },
    onNotMoved: report.onNotMoved,
    report: (connection) => {
      report.onConnection(connection);
      if (connection.tag === "in") present(true);
      if (connection.tag === "waiting") present(false);
      const taken = connection.tag === "ended" && connection.why === "duplicate";
      if (!isInside(connection)) {
        keys.keepOnly(null);
        present(null, taken);
      }
      if (connection.tag === "ended" || connection.tag === "refused") closeIfUnused(false);
    },
    now: () => Date.now(),
    random: () => Math.random(),
  });

  let inside = false;
  const closeIfUnused = (stillInside: boolean) => {
    inside = stillInside;
    if (!inside && previews === 0) microphone?.stop();
  };

  /** A host that may not look into the room to which we were moved knows no name of it. */
  const tellRoom = (next: RoomSnapshot) => {
    const isNamed = next.name !== "" || moved?.roomId !== next.roomId;
    room = isNamed ? next : { ...next, name: moved?.name ?? "" };
    report.onRoom(room);
  };

  const watchRoom = (id: string) => {
    roomId = id;
    watching.abort();
    watching = new AbortController();
    const { signal } = watching;
    const onRoom = (next: RoomSnapshot) => {
      if (!signal.aborted) tellRoom(next);
    };
    host.watch(id, onRoom, signal).catch((error: unknown) => {
      if (!signal.aborted && media === null) report.onRefused(problemOf(error));
    });
  };

  const join = async () => {
    inside = true;
    // Not awaited: the connection need not wait for somebody to answer the browser's question.
    void getAudio().resume();
    if (local?.microphone.tag !== "live") void getMicrophone().start();
    await channel.join(roomId);
  };

  const enter = async (id: string) => {
    if (inside) {
      await channel.switchTo(id);
      return;
    }
    if (id !== roomId) watchRoom(id);
    await join();
  };

  return {
    open: async () => {
      try {
        const session = await host.open();
        report.onSession(session);
        watchRoom(session.roomId);
        // Nobody is told that no call can ring here: joining works all the same.
        host.rings?.(report.onRings, open.signal).catch(() => undefined);
        // What the room said meanwhile is lost with the old stream, which may not know it is dead.
        const stop = onWake(() => {
          watchRoom(roomId);
          channel.retryNow();
        });
        open.signal.addEventListener("abort", stop);
      } catch (error) {
        report.onRefused(problemOf(error));
      }
    },
    join,
    accept: async (ring) => enter(ring.roomId),
    decline: async (ring) => host.decline?.(ring),
    leave: async () => {
      await channel.leave();
      closeIfUnused(false);
    },
    show: (id) => {
      if (!inside && id !== roomId) watchRoom(id);
    },
    enter,
    retryNow: channel.retryNow,
    startSound: async () => {
      await getAudio().resume();
      await media?.startSound();
    },
    local: control,
    microphone: getMicrophone,
    sounds: () =>
      (sounds ??= createSounds(getAudio(), () => (settings().sounds ? settings().soundVolume : 0))),
    ringer: () =>
      (ringer ??= createRinger(getAudio, () => (settings().ring ? settings().ringVolume : 0))),
    openMicrophone: async () => {
      previews += 1;
      await getAudio().resume();
      if (local?.microphone.tag !== "live") await getMicrophone().start();
    },
    closeMicrophone: () => {
      previews -= 1;
      closeIfUnused(inside);
    },
    hasKeys: host.keys !== undefined,
    media: () => media,
    onMedia: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    history: async (limit) => host.history(roomId, limit),
    picture: async (whose) => pictures?.get(whose) ?? null,
    moderate: host.moderate && (async (order) => host.moderate?.({ ...order, roomId })),
    applySettings: (next) => {
      microphone?.configure(next);
      control.refreshVolumes();
      void audio?.setOutput(next.outputDevice);
    },
    close: async () => {
      open.abort();
      watching.abort();
      await channel.leave();
      closeIfUnused(false);
      await presented;
    },
  };
};
