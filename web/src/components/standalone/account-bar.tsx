import { LogOut, Settings } from "lucide-react";
import { useState } from "react";
import { useAccount } from "../../hooks/use-account";
import { useView } from "../../hooks/use-view";
import { useVoiceChannel } from "../../hooks/use-voice-channel";
import { text } from "../../strings/en";
import { words } from "../../strings/standalone.en";
import { Button, IconButton } from "../ui/button";
import { Modal, ModalBody, ModalFoot } from "../ui/modal";
import { Avatar } from "../voice/avatar";
import css from "./sidebar.module.css";

/** Who we are, the settings, and the way out. */
export const AccountBar = () => {
  const { access } = useVoiceChannel();
  const { openDialog } = useView();
  const { logOut } = useAccount();
  const [asking, setAsking] = useState(false);
  if (access.tag !== "open") return null;
  const { userId, name } = access.session;
  return (
    <div className={css["account"]}>
      <Avatar userId={userId} name={name} />
      <p className={css["who"]}>
        <strong>
          <bdi>{name}</bdi>
        </strong>
        <small title={userId}>{userId}</small>
      </p>
      <IconButton label={text.controls.settings} onClick={() => openDialog({ tag: "settings" })}>
        <Settings aria-hidden="true" />
      </IconButton>
      <IconButton label={words.logout.action} onClick={() => setAsking(true)}>
        <LogOut aria-hidden="true" />
      </IconButton>
      {asking && (
        <Modal title={words.logout.title} onClose={() => setAsking(false)}>
          <ModalBody>
            <p>{words.logout.help}</p>
            <ModalFoot>
              <Button onClick={() => setAsking(false)}>{text.cancel}</Button>
              <Button look="danger" onClick={logOut}>
                {words.logout.submit}
              </Button>
            </ModalFoot>
          </ModalBody>
        </Modal>
      )}
    </div>
  );
};
