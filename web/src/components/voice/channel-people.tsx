import { byName } from "../../lib/order";
import type { ParticipantView } from "../../lib/model";
import { text } from "../../strings/en";
import { Avatar } from "./avatar";
import { ParticipantMenu } from "./participant-menu";
import { Quality } from "./quality";
import { SpeakingIndicator } from "./speaking-indicator";
import { StateIcons } from "./state-icons";
import css from "./voice.module.css";

type Props = {
  people: readonly ParticipantView[];
  /** Options need the call itself: from outside there is nothing to set. */
  inside: boolean;
};

/** Who is in the channel, seen from inside and from outside. */
export const ChannelPeople = ({ people, inside }: Props) => (
  <section aria-label={text.channel.people}>
    <h2 className={css["sectionTitle"]}>
      {people.length === 0 ? text.channel.empty : text.channel.count(people.length)}
    </h2>
    <ul className={css["list"]}>
      {byName(people).map((person) => (
        <li key={person.identity} className={css["row"]} data-identity={person.identity}>
          <SpeakingIndicator identity={person.identity} shape="face">
            <Avatar userId={person.userId} name={person.name} />
          </SpeakingIndicator>
          <span className={css["rowName"]} title={person.userId}>
            <bdi>{person.name}</bdi>
            {person.isLocal && ` (${text.you})`}
          </span>
          <span className={css["rowIcons"]}>
            <Quality quality={person.quality} />
            <StateIcons person={person} />
          </span>
          {inside && !person.isLocal && <ParticipantMenu person={person} />}
        </li>
      ))}
    </ul>
  </section>
);
