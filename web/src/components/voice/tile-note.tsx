import { KeyRound, ShieldOff } from "lucide-react";
import type { MediaSeal } from "../../lib/model";
import { text } from "../../strings/en";
import css from "./voice.module.css";

/** What is not as the rest of an encrypted call: sent in clear, or not to be opened yet. */
export const TileNote = ({ media }: { media: MediaSeal }) => {
  if (media !== "open" && media !== "waiting") return null;
  const Icon = media === "open" ? ShieldOff : KeyRound;
  const words = text.seal.tile[media];
  return (
    <p className={css["tileNote"]} data-note={media} title={words}>
      <Icon aria-hidden="true" />
      <span>{words}</span>
    </p>
  );
};
