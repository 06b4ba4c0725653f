import { PhoneMissed } from "lucide-react";
import { useMissedCalls, useSeeMissed } from "../../hooks/use-rings";
import { text } from "../../strings/en";
import css from "../dialogs/dialogs.module.css";

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** The calls that rang here and that nobody answered, newest first. */
export const MissedCalls = () => {
  const missed = useMissedCalls();
  useSeeMissed(missed);
  if (missed.length === 0) return null;
  return (
    <section aria-labelledby="missed-title">
      <h3 id="missed-title" className={css["subtitle"]}>
        {text.rings.missed}
      </h3>
      <ol className={css["missed"]}>
        {missed.map((call) => (
          <li key={call.callId}>
            <PhoneMissed className={css["missedIcon"]} aria-hidden="true" />
            <span>
              {text.rings.from(call.by)} · <bdi>{call.name}</bdi>
            </span>
            <time dateTime={new Date(call.at).toISOString()}>{DATE.format(call.at)}</time>
          </li>
        ))}
      </ol>
    </section>
  );
};
