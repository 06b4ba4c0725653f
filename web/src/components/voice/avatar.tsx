import { colourOf, initials } from "../../lib/identity";
import { classes } from "../ui/css";
import css from "./voice.module.css";

type Props = { userId: string; name: string; size?: "small" | "large" };

/** A coloured circle with initials: always the same for a person, and nothing to be loaded. */
export const Avatar = ({ userId, name, size = "small" }: Props) => (
  <span
    className={classes(css["avatar"], css[size], css[`c${colourOf(userId)}`])}
    aria-hidden="true"
  >
    {initials(name)}
  </span>
);
