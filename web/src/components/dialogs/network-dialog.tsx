import { useNetworkFigures } from "../../hooks/use-network-figures";
import { useVoiceChannel } from "../../hooks/use-voice-channel";
import { byName } from "../../lib/order";
import type { ParticipantView } from "../../lib/model";
import { text } from "../../strings/en";
import { Modal, ModalBody } from "../ui/modal";
import css from "./dialogs.module.css";

type Props = { people: readonly ParticipantView[]; onClose: () => void };

/** Figures for whoever has to find out why it crackles. */
const NetworkDialog = ({ people, onClose }: Props) => {
  const figures = useNetworkFigures();
  const { unseen } = useVoiceChannel();
  const words = text.network;
  const rows = byName(people).flatMap((person) => {
    const measured = figures.get(person.identity);
    return measured === undefined ? [] : [{ person, measured }];
  });
  return (
    <Modal title={words.title} onClose={onClose} large>
      <ModalBody>
        {rows.length === 0 ? (
          <p className={css["soft"]}>{words.none}</p>
        ) : (
          <div className={css["scroll"]}>
            <table className={css["table"]}>
              <thead>
                <tr>
                  {[words.person, words.loss, words.roundTrip, words.jitter, words.bitrate].map(
                    (head) => (
                      <th key={head} scope="col">
                        {head}
                      </th>
                    ),
                  )}
                </tr>
              </thead>
              <tbody>
                {rows.map(({ person, measured }) => (
                  <tr key={person.identity}>
                    <th scope="row">{person.isLocal ? words.up : person.name}</th>
                    <td>{words.percent(measured.loss)}</td>
                    <td>{words.ms(measured.roundTripMs)}</td>
                    <td>{words.ms(measured.jitterMs)}</td>
                    <td>{words.kbit(measured.bitsPerSecond)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        {unseen !== null && <p className={css["soft"]}>{words.unseen[unseen]}</p>}
      </ModalBody>
    </Modal>
  );
};

export default NetworkDialog;
