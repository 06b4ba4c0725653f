import type { RefObject } from "react";
import { useVoiceChannel } from "../../hooks/use-voice-channel";
import type { ParticipantView, Session } from "../../lib/model";
import { text } from "../../strings/en";
import { Loading } from "../layout/message";
import { Lobby } from "./lobby";
import { Stage } from "./stage";
import { StoppedMessage } from "./stopped";
import css from "./voice.module.css";

type Props = {
  session: Session;
  people: readonly ParticipantView[];
  joinButton: RefObject<HTMLButtonElement | null>;
};

/** The middle of the page: the channel from outside, from inside, or why neither. */
export const VoiceChannelPanel = ({ session, people, joinButton }: Props) => {
  const { room, connection, join, leave } = useVoiceChannel();
  if (room === null) return <Loading>{text.opening}</Loading>;
  switch (connection.tag) {
    case "out":
      return <Lobby {...{ room, session, people, joinButton }} onJoin={join} />;
    case "joining":
      return <Loading>{text.connection.joining}</Loading>;
    case "in":
    case "reconnecting":
      return <Stage people={people} connected={connection.tag === "in"} />;
    case "waiting":
      return people.length > 0 ? (
        <Stage people={people} connected={false} />
      ) : (
        <div className={css["stage"]} />
      );
    case "ended":
    case "refused":
      return <StoppedMessage connection={connection} onJoin={join} onBack={leave} />;
  }
};
