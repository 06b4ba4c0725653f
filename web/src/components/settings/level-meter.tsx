import { fraction } from "../../lib/level";
import { text } from "../../strings/en";
import css from "./settings.module.css";

type Props = { db: number; threshold: number | null };

/** The live level; with a mark, where the gate opens. */
export const LevelMeter = ({ db, threshold }: Props) => {
  const open = threshold === null || db > threshold;
  return (
    <div
      className={css["meter"]}
      role="meter"
      aria-label={text.settings.level}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(fraction(db) * 100)}
      aria-valuetext={
        threshold === null ? undefined : open ? text.settings.gateOpen : text.settings.gateClosed
      }
    >
      <div
        className={css["meterBar"]}
        data-open={open}
        style={{ transform: `scaleX(${fraction(db)})` }}
      />
      {threshold !== null && (
        <div className={css["mark"]} style={{ left: `${fraction(threshold) * 100}%` }} />
      )}
    </div>
  );
};
