import { useState } from "react";
import { useModeration } from "../../hooks/use-moderation";
import type { Dialog } from "../../hooks/use-view";
import { text } from "../../strings/en";
import { Button } from "../ui/button";
import { Modal, ModalBody, ModalFoot } from "../ui/modal";
import ui from "../ui/ui.module.css";
import css from "./dialogs.module.css";

type Props = { dialog: Extract<Dialog, { tag: "kick" | "move" }>; onClose: () => void };

const ModerationDialog = ({ dialog, onClose }: Props) =>
  dialog.tag === "kick" ? (
    <Kick who={dialog} onClose={onClose} />
  ) : (
    <Move who={dialog} onClose={onClose} />
  );

export default ModerationDialog;

type Who = { who: { identity: string; name: string }; onClose: () => void };

const Kick = ({ who, onClose }: Who) => {
  const { order } = useModeration();
  const words = text.participant;
  return (
    <Modal title={words.kickTitle(who.name)} onClose={onClose}>
      <ModalBody>
        <p>{words.kickHelp}</p>
        <ModalFoot>
          <Button onClick={onClose}>{text.cancel}</Button>
          <Button
            look="danger"
            onClick={() => {
              order(who, "kick");
              onClose();
            }}
          >
            {words.kickDo}
          </Button>
        </ModalFoot>
      </ModalBody>
    </Modal>
  );
};

const Move = ({ who, onClose }: Who) => {
  const { order } = useModeration();
  const [to, setTo] = useState("");
  const [wrong, setWrong] = useState(false);
  const words = text.participant;
  return (
    <Modal title={words.moveTitle(who.name)} onClose={onClose}>
      <ModalBody>
        <form
          className={css["form"]}
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            if (!to.trim().startsWith("!")) {
              setWrong(true);
              return;
            }
            order(who, "move", to.trim());
            onClose();
          }}
        >
          <label htmlFor="move-to" className={ui["label"]}>
            {words.moveLabel}
          </label>
          <input
            id="move-to"
            className={ui["input"]}
            value={to}
            autoComplete="off"
            spellCheck={false}
            aria-describedby="move-help"
            aria-invalid={wrong}
            onChange={(event) => {
              setTo(event.target.value);
              setWrong(false);
            }}
          />
          <p
            id="move-help"
            className={wrong ? css["error"] : ui["hint"]}
            role={wrong ? "alert" : undefined}
          >
            {wrong ? words.moveWrong : words.moveHelp}
          </p>
          <ModalFoot>
            <Button onClick={onClose}>{text.cancel}</Button>
            <Button type="submit" look="primary">
              {words.moveDo}
            </Button>
          </ModalFoot>
        </form>
      </ModalBody>
    </Modal>
  );
};
