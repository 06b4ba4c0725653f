import { useElementSize } from "../../hooks/use-element-size";
import { useView } from "../../hooks/use-view";
import { columnsFor } from "../../lib/grid";
import type { ParticipantView } from "../../lib/model";
import { stageOf, type Tile } from "../../lib/stage";
import { text } from "../../strings/en";
import { ParticipantTile } from "./participant-tile";
import css from "./voice.module.css";

const GAP = 12;
/** Widths of tiles, px: more people than fit at the smallest are scrolled. */
const SMALLEST = 150;
const LARGEST = 720;

type Props = { people: readonly ParticipantView[]; connected: boolean };

/** The people as tiles of one size; or one thing large, and the rest in a strip. */
export const Stage = ({ people, connected }: Props) => {
  const { pin } = useView();
  const { spotlight, others } = stageOf(people, pin);
  return (
    <section className={css["stage"]} aria-label={text.channel.stage}>
      {spotlight === null ? (
        <Grid tiles={others} />
      ) : (
        <div className={css["spotlight"]}>
          <div className={css["spotlightMain"]}>
            <ParticipantTile {...spotlight} />
          </div>
          <ul className={css["strip"]}>
            {others.map((tile) => (
              <li key={keyOf(tile)}>
                <ParticipantTile {...tile} />
              </li>
            ))}
          </ul>
        </div>
      )}
      {people.length === 1 && connected && (
        <p className={css["alone"]}>
          <strong>{text.channel.waiting}.</strong> {text.channel.waitingHelp}
        </p>
      )}
    </section>
  );
};

const Grid = ({ tiles }: { tiles: readonly Tile[] }) => {
  const [element, { width, height }] = useElementSize<HTMLDivElement>();
  const columns = columnsFor(tiles.length, width, height);
  const rows = Math.ceil(tiles.length / columns);
  const widest = Math.floor((width - GAP * (columns - 1)) / columns);
  const fits = Math.floor(((height - GAP * (rows - 1)) / rows) * (16 / 9));
  const tileWidth = Math.min(widest, LARGEST, Math.max(SMALLEST, fits));
  const rowWidth = tileWidth * columns + GAP * (columns - 1);
  return (
    <div ref={element} className={css["grid"]}>
      <ul className={css["tiles"]} style={{ maxWidth: `${rowWidth}px` }}>
        {tiles.map((tile) => (
          <li key={keyOf(tile)} style={{ width: `${tileWidth}px` }}>
            <ParticipantTile {...tile} />
          </li>
        ))}
      </ul>
    </div>
  );
};

const keyOf = ({ person, source }: Tile): string => `${person.identity} ${source}`;
