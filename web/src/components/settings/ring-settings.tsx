import { useRingTest } from "../../hooks/use-ring-test";
import { useSettings } from "../../hooks/use-settings";
import { useNotifications } from "../../hooks/use-notifications";
import { text } from "../../strings/en";
import { Button } from "../ui/button";
import { Range, Switch } from "../ui/fields";
import css from "./settings.module.css";

const words = text.settings;

/** How an incoming call is told. */
export const RingSettings = () => {
  const { settings, change } = useSettings();
  const { on, toggle } = useRingTest();
  return (
    <div className={css["group"]}>
      <Switch label={words.ring} checked={settings.ring} onChange={(ring) => change({ ring })} />
      {settings.ring && (
        <>
          <Range
            label={words.ringVolume}
            value={Math.round(settings.ringVolume * 100)}
            min={0}
            max={100}
            step={5}
            shown={text.participant.percent(settings.ringVolume)}
            onChange={(value) => change({ ringVolume: value / 100 })}
          />
          <div className={css["row"]}>
            <Button onClick={toggle}>{on ? words.stopRing : words.testRing}</Button>
          </div>
        </>
      )}
      <Notifications />
    </div>
  );
};

const Notifications = () => {
  const { possible, on, denied, set } = useNotifications();
  if (!possible) return null;
  return (
    <>
      <Switch
        label={words.ringNotifications}
        hint={words.ringNotificationsHelp}
        checked={on}
        onChange={set}
      />
      {denied && <p role="alert">{words.ringNotificationsDenied}</p>}
    </>
  );
};
