import { useCallback } from "react";
import type { LocalMedia } from "../lib/media";
import { notify, useVoiceStore } from "../stores/voice-store";
import { text } from "../strings/en";
import { useEngine } from "./engine-context";

type LocalControls = LocalMedia & {
  talkingWhileMuted: boolean;
  deadMicrophone: boolean;
  toggleMute: () => void;
  toggleDeafen: () => void;
  toggleHand: () => void;
  toggleCamera: () => void;
  toggleScreen: () => void;
  retryMicrophone: () => void;
};

/** One's own microphone, hearing, camera, screen and hand, and what switches them. */
export const useLocalMedia = (): LocalControls => {
  const engine = useEngine();
  const local = useVoiceStore((state) => state.local);
  const talkingWhileMuted = useVoiceStore((state) => state.talkingWhileMuted);
  const deadMicrophone = useVoiceStore((state) => state.deadMicrophone);
  const { muted, deafened, hand, camera, screen } = local;

  const toggleMute = useCallback(() => {
    engine.local.setMuted(!muted);
    engine.sounds().play(muted ? "unmute" : "mute");
  }, [engine, muted]);
  const toggleDeafen = useCallback(() => {
    engine.local.setDeafened(!deafened);
    engine.sounds().play(deafened ? "undeafen" : "deafen");
  }, [engine, deafened]);
  const toggleHand = useCallback(() => engine.local.setHand(!hand), [engine, hand]);
  const toggleCamera = useCallback(() => {
    void engine.local.setCamera(!camera).then((done) => {
      if (!done) notify("warning", text.media.cameraFailed);
    });
  }, [engine, camera]);
  const toggleScreen = useCallback(() => {
    void engine.local.setScreen(!screen).then((done) => {
      if (!done) notify("warning", text.media.screenFailed);
    });
  }, [engine, screen]);
  const retryMicrophone = useCallback(() => void engine.microphone().start(), [engine]);

  return {
    ...local,
    talkingWhileMuted,
    deadMicrophone,
    toggleMute,
    toggleDeafen,
    toggleHand,
    toggleCamera,
    toggleScreen,
    retryMicrophone,
  };
};
