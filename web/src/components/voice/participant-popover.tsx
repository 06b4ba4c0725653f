import {
  ArrowRightLeft,
  Ellipsis,
  HeadphoneOff,
  Headphones,
  Mic,
  MicOff,
  UserX,
} from "lucide-react";
import { Popover } from "radix-ui";
import { useState } from "react";
import { useModeration } from "../../hooks/use-moderation";
import { usePersonalVolume } from "../../hooks/use-settings";
import { useView } from "../../hooks/use-view";
import type { ParticipantView } from "../../lib/model";
import { text } from "../../strings/en";
import { Button, IconButton } from "../ui/button";
import { Range, Switch } from "../ui/fields";
import css from "./voice.module.css";

type Props = { person: ParticipantView; className?: string | undefined };

/** How loud I hear somebody; and what a moderator may do. */
const ParticipantPopover = ({ person, className }: Props) => {
  const [open, setOpen] = useState(false);
  const { allowed } = useModeration();
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <IconButton label={text.participant.menu(person.name)} className={className}>
          <Ellipsis aria-hidden="true" />
        </IconButton>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className={css["popover"]}
          align="end"
          sideOffset={6}
          collisionPadding={12}
          aria-label={text.participant.menu(person.name)}
        >
          <h2 className={css["popoverTitle"]}>{person.name}</h2>
          <Personal person={person} />
          {allowed && <Moderate person={person} onDone={() => setOpen(false)} />}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
};

export default ParticipantPopover;

const Personal = ({ person }: { person: ParticipantView }) => {
  const { volume, muted, set } = usePersonalVolume(person.userId);
  const shown = text.participant.percent(volume);
  return (
    <>
      <Range
        label={text.participant.volume}
        value={volume * 100}
        min={0}
        max={200}
        step={5}
        shown={shown}
        onChange={(value) => set({ volume: value / 100 })}
      />
      <Switch
        label={text.participant.muteForMe}
        checked={muted}
        onChange={(checked) => set({ muted: checked })}
      />
    </>
  );
};

const Moderate = ({ person, onDone }: { person: ParticipantView; onDone: () => void }) => {
  const { order } = useModeration();
  const { openDialog } = useView();
  const { identity, name, held } = person;
  const words = text.participant;
  const items = [
    held.muted
      ? { label: words.unmute, Icon: Mic, act: () => order(person, "unmute") }
      : { label: words.mute, Icon: MicOff, act: () => order(person, "mute") },
    held.deafened
      ? { label: words.undeafen, Icon: Headphones, act: () => order(person, "undeafen") }
      : { label: words.deafen, Icon: HeadphoneOff, act: () => order(person, "deafen") },
    {
      label: words.move,
      Icon: ArrowRightLeft,
      act: () => openDialog({ tag: "move", identity, name }),
    },
    { label: words.kick, Icon: UserX, act: () => openDialog({ tag: "kick", identity, name }) },
  ];
  return (
    <div className={css["moderate"]}>
      <h3>{words.moderate}</h3>
      {items.map(({ label, Icon, act }) => (
        <Button
          key={label}
          look="quiet"
          wide
          start
          onClick={() => {
            onDone();
            act();
          }}
        >
          <Icon className={css["icon"]} aria-hidden="true" />
          {label}
        </Button>
      ))}
    </div>
  );
};
