import { usePicture } from "../../hooks/use-picture";
import { colourOf, initials } from "../../lib/identity";
import { classes } from "../ui/css";
import css from "./voice.module.css";

type Props = { userId: string; name: string; size?: "small" | "large" };

/** Their picture; until it is there, and without one, a circle with initials in a colour of theirs. */
export const Avatar = ({ userId, name, size = "small" }: Props) => {
  const picture = usePicture(userId);
  return (
    <span
      className={classes(css["avatar"], css[size], css[`c${colourOf(userId)}`])}
      aria-hidden="true"
    >
      {picture === null ? (
        initials(name)
      ) : (
        <img className={css["picture"]} src={picture} alt="" draggable={false} />
      )}
    </span>
  );
};
