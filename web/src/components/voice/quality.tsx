import { SignalHigh, SignalLow, SignalMedium, SignalZero } from "lucide-react";
import type { Quality as QualityValue } from "../../lib/model";
import { text } from "../../strings/en";
import { Hidden } from "../ui/button";
import { classes } from "../ui/css";
import css from "./voice.module.css";

const ICONS = {
  good: SignalHigh,
  fair: SignalMedium,
  poor: SignalLow,
  lost: SignalZero,
  unknown: SignalHigh,
} as const;

/** The network of somebody; a good one is not worth a sign. */
export const Quality = ({ quality }: { quality: QualityValue }) => {
  if (quality === "good" || quality === "unknown") return null;
  const Icon = ICONS[quality];
  const word = text.connection.quality[quality];
  return (
    <span className={css["rowIcons"]} title={word}>
      <Icon
        className={classes(css["icon"], quality === "fair" ? css["hand"] : css["off"])}
        aria-hidden="true"
      />
      <Hidden>{word}</Hidden>
    </span>
  );
};
