import { Clock, Lock, LogIn, Mic, ShieldCheck, Users } from "lucide-react";
import type { RefObject } from "react";
import { useEngine } from "../../hooks/engine-context";
import { useNow } from "../../hooks/use-now";
import { clock } from "../../lib/duration";
import { homeHash } from "../../lib/route";
import type { ParticipantView, RoomSnapshot, Session } from "../../lib/model";
import { text } from "../../strings/en";
import { Button } from "../ui/button";
import { classes } from "../ui/css";
import { Avatar } from "./avatar";
import css from "./voice.module.css";

const FACES = 7;

type Props = {
  room: RoomSnapshot;
  session: Session;
  people: readonly ParticipantView[];
  joinButton: RefObject<HTMLButtonElement | null>;
  onJoin: () => void;
};

/** The channel from outside: who is there, and one click to be there too. */
export const Lobby = ({ room, session, people, joinButton, onJoin }: Props) => {
  const names = people.map(({ name }) => name);
  const words = text.channel;
  const { hasKeys } = useEngine();
  return (
    <section className={css["lobby"]} aria-labelledby="lobby-title">
      {people.length > 0 && (
        <div className={css["faces"]}>
          {people.slice(0, FACES).map((person) => (
            <Avatar key={person.identity} userId={person.userId} name={person.name} />
          ))}
        </div>
      )}
      <div>
        <h2 id="lobby-title" className={css["lobbyTitle"]}>
          <bdi>{room.name}</bdi>
        </h2>
        {room.channel.status !== "" && <p className={css["soft"]}>{room.channel.status}</p>}
      </div>
      <p>
        {people.length === 0
          ? words.empty
          : words.inCall(names.slice(0, 3), Math.max(0, (room.call?.count ?? 0) - 3))}
      </p>
      <ul className={css["facts"]}>
        {room.call !== null && (
          <Fact Icon={Clock}>
            {words.running} <Running since={room.call.startedAt} />
          </Fact>
        )}
        {room.channel.userLimit > 0 && (
          <Fact Icon={Users}>{words.limit(room.call?.count ?? 0, room.channel.userLimit)}</Fact>
        )}
        {room.channel.locked && <Fact Icon={Lock}>{words.locked}</Fact>}
        {room.channel.mediaEncryption && <Fact Icon={ShieldCheck}>{text.seal.call.sealed}</Fact>}
      </ul>
      {room.channel.mediaEncryption && !hasKeys ? (
        <Barred room={room} />
      ) : (
        <>
          <Button ref={joinButton} look="primary" className={css["joinButton"]} onClick={onJoin}>
            <Mic aria-hidden="true" />
            {words.join}
          </Button>
          <p className={classes(css["soft"], css["hint"])}>
            {words.signedInAs(session.name)}. {words.microphoneHint}
          </p>
        </>
      )}
    </section>
  );
};

/** By a link, one cannot take part: it is said before somebody tries. */
const Barred = ({ room }: { room: RoomSnapshot }) => (
  <>
    <p>
      <strong>{text.problems.ENCRYPTED.title}</strong>
    </p>
    <p className={css["soft"]}>{text.problems.ENCRYPTED.help}</p>
    <a className={css["logInLink"]} href={homeHash(room.roomId)}>
      <LogIn aria-hidden="true" />
      {text.room.logIn}
    </a>
  </>
);

type FactProps = { Icon: typeof Clock; children: React.ReactNode };

const Fact = ({ Icon, children }: FactProps) => (
  <li className={css["fact"]}>
    <Icon className={css["icon"]} aria-hidden="true" />
    <span>{children}</span>
  </li>
);

const Running = ({ since }: { since: number }) => <span>{clock(useNow(1000) - since)}</span>;
