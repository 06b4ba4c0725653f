import { useCallSeal } from "../../hooks/use-call-seal";
import type { ParticipantView } from "../../lib/model";
import { text } from "../../strings/en";
import { encryption } from "../../strings/encryption.en";
import { Modal, ModalBody } from "../ui/modal";
import css from "./dialogs.module.css";

type Props = { people: readonly ParticipantView[]; onClose: () => void };

const EncryptionDialog = ({ people, onClose }: Props) => {
  const seal = useCallSeal(people) ?? "open";
  const words = encryption.meaning[seal];
  const open = people.filter(({ media }) => media === "open").map(({ name }) => name);
  return (
    <Modal title={text.seal.call[seal]} onClose={onClose}>
      <ModalBody>
        <div className={css["words"]}>
          <p>{words}</p>
          {seal === "partly" && <p>{encryption.inClear(open)}</p>}
          <p className={css["soft"]}>{encryption.known}</p>
        </div>
      </ModalBody>
    </Modal>
  );
};

export default EncryptionDialog;
