import { PhoneMissed } from "lucide-react";
import { words } from "../../strings/standalone.en";
import { Hidden } from "../ui/button";
import css from "./sidebar.module.css";

/** Calls that were missed in the room, and not looked at yet. */
export const MissedBadge = ({ count }: { count: number }) =>
  count === 0 ? null : (
    <span className={css["missed"]} title={words.rooms.missed(count)}>
      <PhoneMissed aria-hidden="true" />
      <span aria-hidden="true">{count}</span>
      <Hidden>{words.rooms.missed(count)}</Hidden>
    </span>
  );
