import { type RefObject, useEffect, useRef } from "react";
import type { ParticipantView } from "../lib/model";
import { useAnnouncer } from "./use-announcer";
import { useLocalMedia } from "./use-local-media";
import { usePushToTalk } from "./use-push-to-talk";
import { useSettings } from "./use-settings";
import { useShortcuts } from "./use-shortcuts";
import { useView } from "./use-view";
import { useVoiceChannel } from "./use-voice-channel";

type CallPage = {
  /** What screen readers say. */
  told: { polite: string; assertive: string };
  /** The push-to-talk key is down. */
  talking: boolean;
};

/** What every page with a call does: keys, announcements, where the focus goes, the title. */
export const useCallPage = (
  people: readonly ParticipantView[],
  joinButton: RefObject<HTMLButtonElement | null>,
): CallPage => {
  const { room, inside, leave } = useVoiceChannel();
  const local = useLocalMedia();
  const { settings } = useSettings();
  const { dialog, openDialog } = useView();
  const told = useAnnouncer(people);
  const talking = usePushToTalk(inside && settings.inputMode === "push");
  useFocusMoves(inside, joinButton);
  useTitle(room?.name, people.length);
  useShortcuts(
    {
      ...(inside && {
        mute: local.toggleMute,
        deafen: local.toggleDeafen,
        camera: local.toggleCamera,
        screen: local.toggleScreen,
        hand: local.toggleHand,
        leave,
      }),
      settings: () => openDialog({ tag: "settings" }),
      help: () => openDialog({ tag: "help" }),
    },
    dialog === null,
  );
  return { told, talking };
};

/** To the channel's name on joining, back to the button on leaving. */
const useFocusMoves = (inside: boolean, joinButton: RefObject<HTMLButtonElement | null>) => {
  const before = useRef(inside);
  useEffect(() => {
    if (before.current === inside) return;
    before.current = inside;
    if (inside) document.getElementById("channel-name")?.focus();
    else joinButton.current?.focus();
  }, [inside, joinButton]);
};

const useTitle = (name: string | undefined, count: number) => {
  useEffect(() => {
    if (name !== undefined) document.title = count > 0 ? `(${count}) ${name}` : name;
  }, [name, count]);
};
