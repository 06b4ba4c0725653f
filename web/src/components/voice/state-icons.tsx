import { Hand, HeadphoneOff, MicOff, ScreenShare, Video, VolumeX } from "lucide-react";
import { usePersonalVolume } from "../../hooks/use-settings";
import type { ParticipantView } from "../../lib/model";
import { text } from "../../strings/en";
import { Hidden } from "../ui/button";
import { classes } from "../ui/css";
import css from "./voice.module.css";

/** Muted, deafened, camera, screen, hand: as icons, and as words for screen readers. */
export const StateIcons = ({ person }: { person: ParticipantView }) => {
  const mutedForMe = usePersonalVolume(person.userId).muted && !person.isLocal;
  const { held } = person;
  const shown = [
    { on: person.hand, Icon: Hand, look: css["hand"], word: text.participant.hand },
    { on: person.screen, Icon: ScreenShare, look: css["live"], word: text.participant.sharing },
    { on: person.camera, Icon: Video, look: undefined, word: text.participant.camera },
    { on: mutedForMe, Icon: VolumeX, look: css["off"], word: text.participant.mutedForMe },
    held.muted
      ? { on: true, Icon: MicOff, look: css["held"], word: text.participant.heldMuted }
      : { on: person.muted, Icon: MicOff, look: css["off"], word: text.participant.muted },
    held.deafened
      ? { on: true, Icon: HeadphoneOff, look: css["held"], word: text.participant.heldDeafened }
      : {
          on: person.deafened,
          Icon: HeadphoneOff,
          look: css["off"],
          word: text.participant.deafened,
        },
  ];
  return shown
    .filter(({ on }) => on)
    .map(({ Icon, look, word }) => (
      <span key={word} className={css["rowIcons"]} title={word}>
        <Icon className={classes(css["icon"], look)} aria-hidden="true" />
        <Hidden>{word}</Hidden>
      </span>
    ));
};
