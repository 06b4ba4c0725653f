import { LoaderCircle, SignalHigh, SignalLow, SignalMedium, SignalZero } from "lucide-react";
import { useNow } from "../../hooks/use-now";
import { useOnline } from "../../hooks/use-online";
import { useView } from "../../hooks/use-view";
import type { Connection } from "../../lib/connection";
import { clock } from "../../lib/duration";
import type { Quality } from "../../lib/model";
import { text } from "../../strings/en";
import css from "./voice.module.css";

type Props = {
  connection: Connection;
  quality: Quality;
  channel: string;
  startedAt: number | null;
};

/** "Voice connected", for how long, and how well. Opens the details. */
export const ConnectionStatus = ({ connection, quality, channel, startedAt }: Props) => {
  const { openDialog } = useView();
  const online = useOnline();
  const { tone, words, Icon } = online
    ? shown(connection, quality)
    : ({ tone: "bad", words: text.connection.offlineShort, Icon: SignalZero } as const);
  return (
    <div className={css["status"]}>
      <button
        type="button"
        className={css["statusButton"]}
        data-tone={tone}
        aria-describedby="connection-details"
        onClick={() => openDialog({ tag: "network" })}
      >
        <Icon className={css["icon"]} aria-hidden="true" />
        <span className={css["statusText"]}>
          {words}
          <small>
            <bdi>{channel}</bdi>
            {startedAt !== null && connection.tag === "in" && (
              <>
                {" · "}
                <Running since={startedAt} />
              </>
            )}
          </small>
        </span>
      </button>
      <span id="connection-details" hidden>
        {text.connection.details}
      </span>
    </div>
  );
};

const Running = ({ since }: { since: number }) => (
  <span role="timer">{clock(useNow(1000) - since)}</span>
);

const shown = (connection: Connection, quality: Quality) => {
  switch (connection.tag) {
    case "joining":
      return { tone: "warn", words: text.connection.joining, Icon: LoaderCircle };
    case "reconnecting":
      return { tone: "warn", words: text.connection.reconnecting, Icon: SignalLow };
    case "waiting":
      return { tone: "bad", words: text.connection.lost, Icon: SignalZero };
    case "in":
    case "out":
    case "ended":
    case "refused":
      break;
  }
  const words = text.connection.in;
  switch (quality) {
    case "good":
    case "unknown":
      return { tone: "good", words, Icon: SignalHigh };
    case "fair":
      return { tone: "warn", words, Icon: SignalMedium };
    case "poor":
      return { tone: "bad", words: text.connection.quality.poor, Icon: SignalLow };
    case "lost":
      return { tone: "bad", words: text.connection.quality.lost, Icon: SignalZero };
  }
};
