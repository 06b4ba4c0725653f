import { LoaderCircle, Lock, MessageSquareText, Users, Volume2 } from "lucide-react";
import type { ReactNode } from "react";
import { RoomContext } from "../../hooks/room-context";
import type { ParticipantView, RoomSnapshot } from "../../lib/model";
import { byName } from "../../lib/order";
import { words } from "../../strings/standalone.en";
import { text } from "../../strings/en";
import { IconButton } from "../ui/button";
import { Avatar } from "./avatar";
import css from "./channels.module.css";
import { ParticipantMenu } from "./participant-menu";
import { SpeakingIndicator } from "./speaking-indicator";
import { StateIcons } from "./state-icons";

type ListedChannel = {
  room: RoomSnapshot;
  people: readonly ParticipantView[];
  /** We are in its call. */
  here: boolean;
  /** On the way into it. */
  entering: boolean;
  /** Its messages are open. */
  open: boolean;
  unread: number;
  /** Beside its name. */
  badge: ReactNode;
};

type Props = {
  channels: readonly ListedChannel[];
  /** In some call: then a click on another channel moves us there. */
  inside: boolean;
  onPick: (roomId: string) => void;
  onChat: (roomId: string) => void;
};

/** Voice channels with who is in each, seen without joining. */
export const VoiceChannelList = ({ channels, inside, onPick, onChat }: Props) => (
  <ul className={css["channels"]}>
    {channels.map((channel) => (
      <li key={channel.room.roomId} data-channel={channel.room.roomId}>
        <ChannelRow {...channel} {...{ inside, onPick, onChat }} />
        <RoomContext value={channel.room}>
          <People {...channel} />
        </RoomContext>
      </li>
    ))}
  </ul>
);

type RowProps = ListedChannel & Omit<Props, "channels">;

const ChannelRow = (props: RowProps) => {
  const { room, here, entering, open, unread, badge, inside, onPick, onChat } = props;
  const { channel, call, name, roomId } = room;
  const limit = channel.userLimit;
  const count = here ? props.people.length : (call?.count ?? 0);
  const Icon = entering ? LoaderCircle : channel.locked ? Lock : Volume2;
  const does = inside && !here ? words.channel.move : words.channel.join;
  return (
    <div className={css["row"]} data-here={here} data-open={open}>
      <button
        type="button"
        className={css["name"]}
        aria-current={open ? "true" : undefined}
        aria-describedby={`about-${roomId}`}
        onClick={() => onPick(roomId)}
      >
        <Icon className={css[entering ? "turning" : "icon"]} aria-hidden="true" />
        <span className={css["title"]}>
          <bdi>{name}</bdi>
          {channel.status !== "" && (
            <small className={css["status"]} aria-hidden="true">
              {channel.status}
            </small>
          )}
        </span>
        {badge}
        {(count > 0 || limit > 0) && (
          <span className={css["count"]} aria-hidden="true" data-full={limit > 0 && count >= limit}>
            <Users aria-hidden="true" />
            {limit > 0 ? `${count}/${limit}` : count}
          </span>
        )}
      </button>
      <span id={`about-${roomId}`} hidden>
        {[
          does,
          text.channel.count(count),
          channel.locked ? text.channel.locked : "",
          limit > 0 && count >= limit ? text.channel.full : "",
          here ? words.channel.here : "",
          entering ? words.channel.entering : "",
          channel.status,
        ]
          .filter(Boolean)
          .join(", ")}
      </span>
      <IconButton
        className={css["chat"]}
        label={words.channel.chat(name)}
        aria-description={unread > 0 ? words.rooms.unread(unread) : undefined}
        onClick={() => onChat(roomId)}
      >
        <MessageSquareText aria-hidden="true" />
        {unread > 0 && <span className={css["dot"]} />}
      </IconButton>
    </div>
  );
};

const People = ({ room, people, here }: ListedChannel) => {
  if (people.length === 0) return null;
  const hidden = here ? 0 : (room.call?.count ?? 0) - people.length;
  return (
    <ul className={css["people"]} aria-label={`${text.channel.people}: ${room.name}`}>
      {byName(people).map((person) => (
        <li key={person.identity} className={css["person"]} data-identity={person.identity}>
          <SpeakingIndicator identity={person.identity} shape="face">
            <Avatar userId={person.userId} name={person.name} />
          </SpeakingIndicator>
          <span className={css["personName"]} title={person.userId}>
            <bdi>{person.name}</bdi>
          </span>
          <span className={css["states"]}>
            <StateIcons person={person} />
          </span>
          {here && !person.isLocal && <ParticipantMenu person={person} className={css["menu"]} />}
        </li>
      ))}
      {hidden > 0 && <li className={css["more"]}>{words.channel.more(hidden)}</li>}
    </ul>
  );
};
