import { Phone, PhoneOff } from "lucide-react";
import { useRings } from "../../hooks/use-rings";
import { useRingSignals } from "../../hooks/use-ring-signals";
import { useSettings } from "../../hooks/use-settings";
import { useShortcuts } from "../../hooks/use-shortcuts";
import { shownKey } from "../../lib/keys";
import { text } from "../../strings/en";
import { Button, Key } from "../ui/button";
import { Avatar } from "../voice/avatar";
import css from "./rings.module.css";

/** Somebody calls: who, where, and the two answers. Above all else, dialogs too. */
const IncomingCall = ({ onAccept }: { onAccept?: (roomId: string) => void }) => {
  const { ring, accept, decline } = useRings(onAccept);
  const { settings } = useSettings();
  useRingSignals(ring);
  useShortcuts({ answer: accept, decline }, ring !== null);
  if (ring === null) return null;
  const words = text.rings;
  const key = (name: string) =>
    settings.shortcuts && name !== "" ? <Key>{shownKey(name)}</Key> : null;
  return (
    <section className={css["toast"]} aria-label={words.incoming}>
      <div className={css["who"]}>
        <span className={css["bell"]}>
          <Avatar userId={ring.byId ?? ring.by} name={ring.by} />
        </span>
        <div className={css["words"]} role="alert">
          <p className={css["title"]}>{words.calling(ring.by)}</p>
          <p className={css["room"]}>
            <bdi>{ring.name}</bdi>
          </p>
        </div>
      </div>
      <div className={css["answers"]}>
        <Button look="danger" onClick={decline}>
          <PhoneOff className={css["icon"]} aria-hidden="true" />
          {words.decline}
          {key(settings.keys.decline)}
        </Button>
        <Button className={css["accept"]} onClick={accept}>
          <Phone className={css["icon"]} aria-hidden="true" />
          {words.accept}
          {key(settings.keys.answer)}
        </Button>
      </div>
    </section>
  );
};

export default IncomingCall;
