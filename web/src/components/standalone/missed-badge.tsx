import { PhoneMissed } from "lucide-react";
import { text } from "../../strings/en";
import { Hidden } from "../ui/button";
import css from "./sidebar.module.css";

/** Calls that were missed in the room, and not looked at yet. */
export const MissedBadge = ({ count }: { count: number }) =>
  count === 0 ? null : (
    <span className={css["missed"]} title={text.rings.missedCount(count)}>
      <PhoneMissed aria-hidden="true" />
      <span aria-hidden="true">{count}</span>
      <Hidden>{text.rings.missedCount(count)}</Hidden>
    </span>
  );
