import type { ReactNode } from "react";
import { useSpeaking } from "../../hooks/use-participants";
import { text } from "../../strings/en";
import { Hidden } from "../ui/button";
import css from "./voice.module.css";

type Props = { identity: string; shape: "face" | "tile"; children?: ReactNode };

/** The green ring of who speaks; in words too, for whoever does not see it. */
export const SpeakingIndicator = ({ identity, shape, children }: Props) => {
  const speaking = useSpeaking(identity);
  return (
    <>
      <span className={css["indicator"]} data-shape={shape} data-speaking={speaking}>
        {children}
      </span>
      {speaking && <Hidden>{text.participant.speaking}</Hidden>}
    </>
  );
};
