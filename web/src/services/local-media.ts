/**
 * What the person wants to send and hear. It outlives connections: after a reconnect or a move, the
 * new room gets the same state, and a muted person stays muted.
 */
import { type LocalMedia, NO_MEDIA, type Rights } from "../lib/media";
import type { VideoSource } from "../lib/model";
import type { MediaRoom, ShareSettings } from "./livekit";
import type { Microphone } from "./microphone";

export type LocalMediaControl = {
  /** A connected room; null when there is none. */
  use: (room: MediaRoom | null, bitrate: number) => void;
  setMicrophone: (state: LocalMedia["microphone"]) => void;
  setRights: (rights: Rights) => void;
  mutedByServer: () => void;
  videoStopped: (source: VideoSource) => void;
  setMuted: (muted: boolean) => void;
  setDeafened: (deafened: boolean) => void;
  setHand: (hand: boolean) => void;
  setCamera: (on: boolean) => Promise<boolean>;
  setScreen: (on: boolean) => Promise<boolean>;
  /** Volumes changed. */
  refreshVolumes: () => void;
};

type Needs = {
  microphone: Pick<Microphone, "track">;
  /** 0 to 2, as the person set it. */
  volumeOf: (userId: string) => number;
  devices: () => { camera: string; share: ShareSettings };
  report: (state: LocalMedia) => void;
  /** Calls to the SFU fail while the connection is lost; the next `use` says it all again. */
  onFailure: () => void;
};

type Media = Omit<MediaRoom, "room">;

export const createLocalMedia = (needs: Needs): LocalMediaControl => {
  let state = NO_MEDIA;
  let media: Media | null = null;
  let bitrate = 64_000;
  let published = false;
  let mutedBeforeDeafen = false;

  const set = (change: Partial<LocalMedia>) => {
    state = { ...state, ...change };
    needs.report(state);
  };
  const attempt = (work: Promise<void> | undefined) => {
    work?.catch(needs.onFailure);
  };

  const publish = () => {
    if (media === null || published || !state.rights.speak) return;
    if (state.microphone.tag !== "live") return;
    published = true;
    attempt(media.publishMicrophone(needs.microphone.track(), state.muted, bitrate));
  };
  const applyVolumes = () =>
    media?.setVolumes((userId) => (state.deafened ? 0 : needs.volumeOf(userId)));
  const tell = () => attempt(media?.tell(state.deafened, state.hand));

  const setMuted = (muted: boolean) => {
    set({ muted, mutedByModerator: false });
    attempt(media?.setMuted(muted));
  };

  const setVideo = async (on: boolean, source: VideoSource): Promise<boolean> => {
    if (media === null) return false;
    const { camera, share } = needs.devices();
    try {
      await (source === "camera" ? media.setCamera(on, camera) : media.setScreen(on, share));
      set(source === "camera" ? { camera: on } : { screen: on });
      return true;
    } catch (error) {
      set(source === "camera" ? { camera: false } : { screen: false });
      // Closing the browser's picker is a change of mind, no failure.
      return source === "screen" && error instanceof Error && error.name === "NotAllowedError";
    }
  };

  return {
    use: (room, bits) => {
      media = room;
      bitrate = bits;
      published = false;
      if (media === null) {
        // A lost camera comes back by the person's own hand: nobody is filmed by surprise.
        set({ camera: false, screen: false });
        return;
      }
      publish();
      applyVolumes();
      if (state.deafened || state.hand) tell();
    },
    setMicrophone: (microphone) => {
      set({ microphone });
      publish();
    },
    setRights: (rights) => {
      const regained = rights.speak && !state.rights.speak;
      if (!rights.speak) published = false;
      // To be heard again is the person's own act.
      set(regained && media !== null ? { rights, muted: true } : { rights });
      publish();
    },
    mutedByServer: () => set({ muted: true, mutedByModerator: true }),
    videoStopped: (source) => set(source === "camera" ? { camera: false } : { screen: false }),
    setMuted: (muted) => {
      // Like everywhere: who unmutes wants to take part, and so to hear.
      if (!muted && state.deafened) {
        set({ deafened: false });
        applyVolumes();
        tell();
      }
      setMuted(muted);
    },
    setDeafened: (deafened) => {
      if (deafened) mutedBeforeDeafen = state.muted;
      set({ deafened });
      applyVolumes();
      tell();
      setMuted(deafened ? true : mutedBeforeDeafen);
    },
    setHand: (hand) => {
      set({ hand });
      tell();
    },
    setCamera: async (on) => setVideo(on, "camera"),
    setScreen: async (on) => setVideo(on, "screen"),
    refreshVolumes: applyVolumes,
  };
};
