import { useSettings } from "../../hooks/use-settings";
import { ACTIONS, shownKey } from "../../lib/keys";
import { text } from "../../strings/en";
import { Key } from "../ui/button";
import { Modal, ModalBody } from "../ui/modal";
import css from "./dialogs.module.css";

const HelpDialog = ({ onClose }: { onClose: () => void }) => {
  const { settings } = useSettings();
  return (
    <Modal title={text.help.title} onClose={onClose}>
      <ModalBody>
        {!settings.shortcuts && <p className={css["soft"]}>{text.help.off}</p>}
        <dl className={css["keys"]}>
          <div>
            <dt>{text.help.push}</dt>
            <dd>
              <Key>{shownKey(settings.pushKey)}</Key>
            </dd>
          </div>
          {ACTIONS.map((action) => (
            <div key={action}>
              <dt>{text.actions[action]}</dt>
              <dd>
                {settings.keys[action] === "" ? (
                  <span className={css["soft"]}>{text.help.none}</span>
                ) : (
                  <Key>{shownKey(settings.keys[action])}</Key>
                )}
              </dd>
            </div>
          ))}
        </dl>
      </ModalBody>
    </Modal>
  );
};

export default HelpDialog;
