import {
  Hand,
  HeadphoneOff,
  Headphones,
  History,
  Keyboard,
  Mic,
  MicOff,
  PhoneOff,
  ScreenShare,
  ScreenShareOff,
  Settings,
  Video,
  VideoOff,
} from "lucide-react";
import { useLocalMedia } from "../../hooks/use-local-media";
import { useSettings } from "../../hooks/use-settings";
import { useView } from "../../hooks/use-view";
import { useVoiceChannel } from "../../hooks/use-voice-channel";
import type { ParticipantView } from "../../lib/model";
import { text } from "../../strings/en";
import { MISSED_COUNT, MissedCount } from "../rings/missed-count";
import { ConnectionStatus } from "./connection-status";
import { ControlButton } from "./control-button";
import css from "./voice.module.css";

type Props = {
  me: ParticipantView | undefined;
  /** The push-to-talk key is down. */
  talking: boolean;
};

/** Always in sight while in the call. */
export const VoiceControls = ({ me, talking }: Props) => {
  const { room, connection, leave } = useVoiceChannel();
  const local = useLocalMedia();
  const { settings } = useSettings();
  const { openDialog } = useView();
  const keys = settings.shortcuts ? settings.keys : null;
  const key = (action: keyof typeof settings.keys) => ({ shortcut: keys?.[action] ?? "" });
  const words = text.controls;
  const noMicrophone = local.microphone.tag === "failed" || !local.rights.speak;
  return (
    <footer className={css["controls"]} aria-label={words.label}>
      <ConnectionStatus
        connection={connection}
        quality={me?.quality ?? "unknown"}
        channel={room?.name ?? ""}
        startedAt={room?.call?.startedAt ?? null}
      />
      <div className={css["buttons"]} role="group" aria-label={words.label}>
        <ControlButton
          label={words.mute}
          Icon={local.muted || noMicrophone ? MicOff : Mic}
          pressed={local.muted}
          look="off"
          talking={talking && !local.muted}
          disabled={!local.rights.speak}
          {...key("mute")}
          onClick={local.toggleMute}
        />
        <ControlButton
          label={words.deafen}
          Icon={local.deafened ? HeadphoneOff : Headphones}
          pressed={local.deafened}
          look="off"
          {...key("deafen")}
          onClick={local.toggleDeafen}
        />
        <ControlButton
          label={words.camera}
          Icon={local.camera ? Video : VideoOff}
          pressed={local.camera}
          disabled={!local.rights.camera}
          {...key("camera")}
          onClick={local.toggleCamera}
        />
        {canShare && (
          <ControlButton
            label={words.screen}
            Icon={local.screen ? ScreenShareOff : ScreenShare}
            pressed={local.screen}
            disabled={!local.rights.screen}
            {...key("screen")}
            onClick={local.toggleScreen}
          />
        )}
        <ControlButton
          label={words.hand}
          Icon={Hand}
          pressed={local.hand}
          {...key("hand")}
          onClick={local.toggleHand}
        />
        <ControlButton
          label={words.leave}
          Icon={PhoneOff}
          className={css["leave"]}
          {...key("leave")}
          onClick={leave}
        />
      </div>
      <div className={css["side"]}>
        <ControlButton
          label={words.history}
          Icon={History}
          describedBy={MISSED_COUNT}
          onClick={() => openDialog({ tag: "history" })}
        >
          <MissedCount />
        </ControlButton>
        <ControlButton
          label={words.help}
          Icon={Keyboard}
          {...key("help")}
          onClick={() => openDialog({ tag: "help" })}
        />
        <ControlButton
          label={words.settings}
          Icon={Settings}
          {...key("settings")}
          onClick={() => openDialog({ tag: "settings" })}
        />
      </div>
    </footer>
  );
};

/** Phones cannot share their screen from a page. */
const canShare = "mediaDevices" in navigator && "getDisplayMedia" in navigator.mediaDevices;
