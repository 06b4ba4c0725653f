import { useHistory } from "../../hooks/use-history";
import { duration } from "../../lib/duration";
import { localpart } from "../../lib/identity";
import type { PastCall } from "../../lib/model";
import { text } from "../../strings/en";
import { Button } from "../ui/button";
import { MissedCalls } from "../rings/missed-calls";
import { Modal, ModalBody } from "../ui/modal";
import css from "./dialogs.module.css";

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** The last calls of the room: when, how long, and who for how long. */
const HistoryDialog = ({ onClose }: { onClose: () => void }) => {
  const { history, reload } = useHistory();
  return (
    <Modal title={text.history.title} onClose={onClose} large>
      <ModalBody>
        <MissedCalls />
        {history.tag === "loading" && <p role="status">{text.history.loading}</p>}
        {history.tag === "failed" && (
          <div className={css["form"]}>
            <p role="alert">{text.problems[history.problem.code].title}</p>
            <Button onClick={reload}>{text.tryAgain}</Button>
          </div>
        )}
        {history.tag === "loaded" && history.calls.length === 0 && (
          <p>
            <strong>{text.history.none}.</strong> {text.history.noneHelp}
          </p>
        )}
        {history.tag === "loaded" && (
          <ol className={css["calls"]}>
            {history.calls.map((call) => (
              <CallEntry key={call.callId} call={call} />
            ))}
          </ol>
        )}
      </ModalBody>
    </Modal>
  );
};

export default HistoryDialog;

const CallEntry = ({ call }: { call: PastCall }) => {
  const words = text.history;
  const starter =
    call.people.find(({ userId }) => userId === call.startedBy)?.name ?? localpart(call.startedBy);
  return (
    <li className={css["call"]}>
      <div className={css["callHead"]}>
        <time dateTime={new Date(call.startedAt).toISOString()}>{DATE.format(call.startedAt)}</time>
        <span className={css["duration"]}>
          {call.endedAt === null ? words.running : duration((call.endedAt - call.startedAt) / 1000)}
        </span>
      </div>
      <p className={css["soft"]}>
        {words.startedBy(starter)} · {words.people(call.people.length)} · {words.peak(call.peak)}
      </p>
      <ul className={css["people"]}>
        {call.people.map(({ userId, name, seconds }) => (
          <li key={userId}>
            <bdi>{name}</bdi> <span>{duration(seconds)}</span>
          </li>
        ))}
      </ul>
    </li>
  );
};
