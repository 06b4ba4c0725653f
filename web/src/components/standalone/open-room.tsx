import { Hash, History, Menu, MessagesSquare, Volume2, X } from "lucide-react";
import type { RefObject } from "react";
import { RoomContext } from "../../hooks/room-context";
import { useNewsElsewhere, useOpenRoom } from "../../hooks/use-rooms";
import { useView } from "../../hooks/use-view";
import { useVoiceChannel } from "../../hooks/use-voice-channel";
import type { ParticipantView, RoomSnapshot } from "../../lib/model";
import { peopleOf } from "../../lib/roster";
import type { RoomView } from "../../lib/rooms";
import { text } from "../../strings/en";
import { words } from "../../strings/standalone.en";
import { IconButton } from "../ui/button";
import { Lobby } from "../voice/lobby";
import { SealBadge } from "../voice/seal-badge";
import { VoiceChannelPanel } from "../voice/voice-channel-panel";
import { Chat } from "./chat";
import css from "./home.module.css";

type Props = {
  room: RoomView;
  people: readonly ParticipantView[];
  joinButton: RefObject<HTMLButtonElement | null>;
};

/** The room that is open: its channel and its messages, or the messages alone. */
export const OpenRoom = ({ room, people, joinButton }: Props) => {
  const { pane, chatShown } = useOpenRoom();
  const { voice } = room;
  return (
    <>
      <Head room={room} people={people} />
      <div className={css["body"]} data-chat={voice === null || chatShown} data-pane={pane}>
        {voice !== null && (
          <div className={css["call"]}>
            <Channel {...{ voice, people, joinButton }} />
          </div>
        )}
        <aside className={css["chat"]} aria-label={words.chat.title} data-alone={voice === null}>
          <Chat key={room.roomId} room={room} />
        </aside>
      </div>
    </>
  );
};

type ChannelProps = Omit<Props, "room"> & { voice: RoomSnapshot };

const Channel = ({ voice, people, joinButton }: ChannelProps) => {
  const { room: watched, inside, access } = useVoiceChannel();
  const { enter } = useOpenRoom();
  if (access.tag !== "open") return null;
  const { session } = access;
  // In another call: this channel is seen from outside.
  if (inside && watched?.roomId !== voice.roomId)
    return (
      <RoomContext value={voice}>
        <Lobby
          room={voice}
          people={peopleOf(voice)}
          onJoin={() => enter(voice.roomId)}
          {...{ session, joinButton }}
        />
      </RoomContext>
    );
  return <VoiceChannelPanel {...{ session, people, joinButton }} />;
};

const Head = ({ room, people }: Pick<Props, "room" | "people">) => {
  const { chatShown, pane, showChat, showPane } = useOpenRoom();
  const { inside, room: watched } = useVoiceChannel();
  const { openDialog } = useView();
  const isNews = useNewsElsewhere();
  const isVoice = room.voice !== null;
  const Icon = isVoice ? Volume2 : Hash;
  const chatOnPhone = pane === "chat";
  return (
    <header className={css["head"]}>
      <IconButton
        className={css["phoneOnly"]}
        label={words.rooms.open}
        aria-description={isNews ? words.rooms.news : undefined}
        onClick={() => showPane("rooms")}
      >
        <Menu aria-hidden="true" />
        {isNews && <span className={css["dot"]} />}
      </IconButton>
      <h1 id="channel-name" tabIndex={-1} className={css["name"]}>
        <Icon aria-hidden="true" />
        <bdi>{room.name}</bdi>
      </h1>
      {inside && watched?.roomId === room.roomId && <SealBadge people={people} />}
      {isVoice && !inside && (
        <IconButton label={text.controls.history} onClick={() => openDialog({ tag: "history" })}>
          <History aria-hidden="true" />
        </IconButton>
      )}
      {isVoice && (
        <>
          <IconButton
            className={css["wideOnly"]}
            label={words.chat.title}
            aria-pressed={chatShown}
            onClick={() => showChat(!chatShown)}
          >
            <MessagesSquare aria-hidden="true" />
          </IconButton>
          <IconButton
            className={css["phoneOnly"]}
            label={chatOnPhone ? words.chat.hide : words.chat.show}
            onClick={() => showPane(chatOnPhone ? null : "chat")}
          >
            {chatOnPhone ? <X aria-hidden="true" /> : <MessagesSquare aria-hidden="true" />}
          </IconButton>
        </>
      )}
    </header>
  );
};
