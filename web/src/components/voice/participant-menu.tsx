import { Ellipsis } from "lucide-react";
import { lazy, Suspense } from "react";
import type { ParticipantView } from "../../lib/model";
import { text } from "../../strings/en";
import { IconButton } from "../ui/button";

type Props = { person: ParticipantView; className?: string | undefined };

// Loaded with the first call, and not with the page: nobody is in a menu before.
const ParticipantPopover = lazy(async () => import("./participant-popover"));

/** The button of somebody's options; until what it opens is there, it looks the same. */
export const ParticipantMenu = (props: Props) => (
  <Suspense
    fallback={
      <IconButton
        label={text.participant.menu(props.person.name)}
        className={props.className}
        disabled
      >
        <Ellipsis aria-hidden="true" />
      </IconButton>
    }
  >
    <ParticipantPopover {...props} />
  </Suspense>
);
