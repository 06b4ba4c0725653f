import { Hash, LockKeyhole, WifiOff, X } from "lucide-react";
import { useParticipants } from "../../hooks/use-participants";
import { useMissed, useOpenRoom, useRooms } from "../../hooks/use-rooms";
import { useVoiceChannel } from "../../hooks/use-voice-channel";
import { peopleOf } from "../../lib/roster";
import type { RoomView } from "../../lib/rooms";
import { words } from "../../strings/standalone.en";
import { Button, Hidden, IconButton } from "../ui/button";
import { VoiceChannelList } from "../voice/voice-channel-list";
import { AccountBar } from "./account-bar";
import { MissedBadge } from "./missed-badge";
import css from "./sidebar.module.css";
import { SpaceRail } from "./space-rail";

/** Spaces, voice channels with who is in them, rooms, and the account. */
export const RoomSidebar = () => {
  const { rooms, spaceId, sections, online } = useRooms();
  const { showPane } = useOpenRoom();
  const title = spaceId === null ? words.rooms.all : (rooms.get(spaceId)?.name ?? "");
  const { voice, text, invites } = sections;
  const nothing = voice.length + text.length + invites.length === 0;
  return (
    <nav className={css["sidebar"]} aria-label={words.rooms.navigation}>
      <SpaceRail />
      <div className={css["column"]}>
        <header className={css["head"]}>
          <h2 className={css["title"]}>
            <bdi>{title}</bdi>
          </h2>
          <IconButton
            className={css["close"]}
            label={words.rooms.close}
            onClick={() => showPane(null)}
          >
            <X aria-hidden="true" />
          </IconButton>
        </header>
        {!online && (
          <p className={css["offline"]} role="status">
            <WifiOff aria-hidden="true" />
            {words.offline}
          </p>
        )}
        <div className={css["body"]}>
          {invites.length > 0 && (
            <Section title={words.rooms.invites}>
              <Invites invites={invites} />
            </Section>
          )}
          {nothing && (
            <p className={css["none"]}>
              <strong>{words.rooms.none}.</strong> {words.rooms.noneHelp}
            </p>
          )}
          {!nothing && (
            <Section title={words.rooms.voice}>
              {voice.length === 0 && <p className={css["none"]}>{words.rooms.noVoice}</p>}
              <Channels rooms={voice} />
            </Section>
          )}
          {text.length > 0 && (
            <Section title={words.rooms.text}>
              <TextRooms rooms={text} />
            </Section>
          )}
        </div>
        <AccountBar />
      </div>
    </nav>
  );
};

const Section = ({ title, children }: { title: string; children: React.ReactNode }) => (
  <section aria-label={title}>
    <h3 className={css["section"]}>{title}</h3>
    {children}
  </section>
);

type RoomsProps = { rooms: readonly RoomView[] };

const Channels = ({ rooms }: RoomsProps) => {
  const { room: here, inside } = useVoiceChannel();
  const live = useParticipants();
  const { room: open, entering, select, enter } = useOpenRoom();
  const missed = useMissed();
  const channels = rooms.flatMap(({ roomId, unread, voice }) => {
    if (voice === null) return [];
    const isHere = inside && here?.roomId === roomId;
    const people = isHere && live.length > 0 ? live : peopleOf(voice);
    return [
      {
        room: voice,
        people,
        here: isHere,
        entering: entering === roomId,
        open: open?.roomId === roomId,
        unread,
        badge: <MissedBadge count={missed.get(roomId) ?? 0} />,
      },
    ];
  });
  // From call to call with one click; from outside, first a look at who is there.
  const pick = (roomId: string) => {
    if (inside && here?.roomId !== roomId) enter(roomId);
    else select(roomId);
  };
  return <VoiceChannelList {...{ channels, inside }} onPick={pick} onChat={select} />;
};

const TextRooms = ({ rooms }: RoomsProps) => {
  const { room: open, select } = useOpenRoom();
  const missed = useMissed();
  return (
    <ul className={css["rooms"]}>
      {rooms.map((room) => (
        <li key={room.roomId}>
          <button
            type="button"
            className={css["room"]}
            aria-current={open?.roomId === room.roomId ? "true" : undefined}
            data-unread={room.unread > 0}
            onClick={() => select(room.roomId)}
          >
            {room.encrypted ? <LockKeyhole aria-hidden="true" /> : <Hash aria-hidden="true" />}
            <span className={css["roomName"]}>
              <bdi>{room.name}</bdi>
            </span>
            {room.encrypted && <Hidden>{words.rooms.encrypted}</Hidden>}
            <MissedBadge count={missed.get(room.roomId) ?? 0} />
            {room.unread > 0 && (
              <span className={css["unread"]} data-mention={room.mentions > 0}>
                {room.unread}
                <Hidden>{words.rooms.unread(room.unread)}</Hidden>
              </span>
            )}
          </button>
        </li>
      ))}
    </ul>
  );
};

const Invites = ({ invites }: { invites: readonly RoomView[] }) => {
  const { accept, decline } = useOpenRoom();
  return (
    <ul className={css["rooms"]}>
      {invites.map(({ roomId, name, inviter }) => (
        <li key={roomId} className={css["invite"]}>
          <p>
            <strong>
              <bdi>{name}</bdi>
            </strong>
            <small>{words.rooms.invitedBy(inviter ?? "")}</small>
          </p>
          <div className={css["answers"]}>
            <Button
              look="primary"
              aria-label={`${words.rooms.accept} ${name}`}
              onClick={() => accept(roomId)}
            >
              {words.rooms.accept}
            </Button>
            <Button aria-label={`${words.rooms.decline} ${name}`} onClick={() => decline(roomId)}>
              {words.rooms.decline}
            </Button>
          </div>
        </li>
      ))}
    </ul>
  );
};
