import { Maximize, Pin, PinOff } from "lucide-react";
import { useRef } from "react";
import { useVideoElement } from "../../hooks/use-video-element";
import { useView } from "../../hooks/use-view";
import type { ParticipantView, VideoSource } from "../../lib/model";
import { text } from "../../strings/en";
import { IconButton } from "../ui/button";
import { Avatar } from "./avatar";
import { ParticipantMenu } from "./participant-menu";
import { Quality } from "./quality";
import { SpeakingIndicator } from "./speaking-indicator";
import { StateIcons } from "./state-icons";
import { TileNote } from "./tile-note";
import css from "./voice.module.css";

type Props = { person: ParticipantView; source: VideoSource };

/** A person on the stage, or what they share. */
export const ParticipantTile = ({ person, source }: Props) => {
  const frame = useRef<HTMLDivElement>(null);
  const isScreen = source === "screen";
  const showsVideo = isScreen ? person.screen : person.camera;
  const name = isScreen ? text.participant.screenOf(person.name) : person.name;
  return (
    <div
      ref={frame}
      className={css["tile"]}
      data-kind={source}
      data-tile={person.identity}
      role="group"
      aria-label={name}
    >
      {showsVideo ? (
        <TileVideo person={person} source={source} />
      ) : (
        <Avatar userId={person.userId} name={person.name} size="large" />
      )}
      {!isScreen && <SpeakingIndicator identity={person.identity} shape="tile" />}
      <TileNote media={person.media} />
      <div className={css["plate"]}>
        <span className={css["plateName"]}>
          <bdi>{name}</bdi>
          {person.isLocal && !isScreen && ` (${text.you})`}
        </span>
        {!isScreen && <StateIcons person={person} />}
        {!isScreen && <Quality quality={person.quality} />}
      </div>
      <div className={css["tileTools"]}>
        {showsVideo && <PinButton person={person} source={source} name={name} />}
        {isScreen && (
          <IconButton
            label={text.participant.fullScreen}
            className={css["tileTool"]}
            onClick={() => void frame.current?.requestFullscreen()}
          >
            <Maximize aria-hidden="true" />
          </IconButton>
        )}
        {!person.isLocal && !isScreen && (
          <ParticipantMenu person={person} className={css["tileTool"]} />
        )}
      </div>
    </div>
  );
};

const TileVideo = ({ person, source }: Props) => {
  const ref = useVideoElement(person.identity, source, person.version);
  return (
    <video
      ref={ref}
      className={css["video"]}
      data-kind={source}
      data-mirror={person.isLocal && source === "camera"}
      autoPlay
      playsInline
      muted
    />
  );
};

const PinButton = ({ person, source, name }: Props & { name: string }) => {
  const { pin, togglePin } = useView();
  const pinned = pin?.identity === person.identity && pin.source === source;
  const Icon = pinned ? PinOff : Pin;
  return (
    <IconButton
      label={text.participant.pinned(name)}
      aria-pressed={pinned}
      className={css["tileTool"]}
      onClick={() => togglePin({ identity: person.identity, source })}
    >
      <Icon aria-hidden="true" />
    </IconButton>
  );
};
