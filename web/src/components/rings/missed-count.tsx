import { useUnseenMissed } from "../../hooks/use-rings";
import { text } from "../../strings/en";
import { Hidden } from "../ui/button";
import css from "./missed-count.module.css";

/** What the button of past calls is described by. */
export const MISSED_COUNT = "missed-count";

/** On that button: how many calls were missed since one looked. */
export const MissedCount = () => {
  const count = useUnseenMissed().length;
  return count === 0 ? null : (
    <span className={css["count"]}>
      <span aria-hidden="true">{count}</span>
      <Hidden id={MISSED_COUNT}>{text.rings.missedCount(count)}</Hidden>
    </span>
  );
};
