import { ShieldAlert, ShieldCheck, ShieldOff } from "lucide-react";
import { useCallSeal } from "../../hooks/use-call-seal";
import { useView } from "../../hooks/use-view";
import type { ParticipantView } from "../../lib/model";
import { text } from "../../strings/en";
import css from "./voice.module.css";

const ICONS = { sealed: ShieldCheck, partly: ShieldAlert, open: ShieldOff };

/** Whether the call is encrypted from end to end; opens what that means. */
export const SealBadge = ({ people }: { people: readonly ParticipantView[] }) => {
  const seal = useCallSeal(people);
  const { openDialog } = useView();
  if (seal === null) return null;
  const Icon = ICONS[seal];
  return (
    <button
      type="button"
      className={css["seal"]}
      data-seal={seal}
      onClick={() => openDialog({ tag: "encryption" })}
    >
      <Icon aria-hidden="true" />
      {text.seal.call[seal]}
    </button>
  );
};
