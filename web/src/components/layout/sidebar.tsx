import { History, Lock, Settings, Users, Volume2 } from "lucide-react";
import { useView } from "../../hooks/use-view";
import type { ParticipantView, RoomSnapshot } from "../../lib/model";
import { text } from "../../strings/en";
import { Button, IconButton } from "../ui/button";
import { MISSED_COUNT, MissedCount } from "../rings/missed-count";
import { ChannelPeople } from "../voice/channel-people";
import { SealBadge } from "../voice/seal-badge";
import css from "./layout.module.css";

type Props = { room: RoomSnapshot | null; people: readonly ParticipantView[]; inside: boolean };

/** The channel and who is in it. On a phone, the list opens by a button. */
export const Sidebar = ({ room, people, inside }: Props) => {
  const { peopleShown, showPeople, openDialog } = useView();
  const limit = room?.channel.userLimit ?? 0;
  return (
    <nav className={css["sidebar"]} aria-label={text.channel.navigation}>
      <header className={css["sidebarHead"]}>
        <h1 className={css["channelName"]} tabIndex={-1} id="channel-name">
          <Volume2 className={css["channelIcon"]} aria-hidden="true" />
          <bdi>{room?.name ?? text.app}</bdi>
        </h1>
        {room !== null && room.channel.status !== "" && (
          <p className={css["statusLine"]}>{room.channel.status}</p>
        )}
        <ul className={css["badges"]}>
          {room?.channel.locked === true && (
            <li className={css["badge"]}>
              <Lock aria-hidden="true" />
              {text.channel.locked}
            </li>
          )}
          {inside && (
            <li>
              <SealBadge people={people} />
            </li>
          )}
          {limit > 0 && (
            <li className={css["badge"]}>
              <Users aria-hidden="true" />
              {text.channel.limit(people.length, limit)}
            </li>
          )}
        </ul>
        <Button
          className={css["peopleButton"]}
          aria-label={text.channel.people}
          aria-expanded={peopleShown}
          aria-controls="people"
          onClick={() => showPeople(!peopleShown)}
        >
          <Users aria-hidden="true" /> {people.length}
        </Button>
      </header>
      <div className={css["sidebarBody"]} id="people" data-shown={peopleShown}>
        <ChannelPeople people={people} inside={inside} />
      </div>
      {!inside && (
        <div className={css["sidebarFoot"]}>
          <IconButton
            className={css["past"]}
            label={text.controls.history}
            aria-describedby={MISSED_COUNT}
            onClick={() => openDialog({ tag: "history" })}
          >
            <History aria-hidden="true" />
            <MissedCount />
          </IconButton>
          <IconButton
            label={text.controls.settings}
            onClick={() => openDialog({ tag: "settings" })}
          >
            <Settings aria-hidden="true" />
          </IconButton>
        </div>
      )}
    </nav>
  );
};
