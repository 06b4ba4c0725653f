import { useTestSound } from "../../hooks/use-microphone-test";
import { useSettings } from "../../hooks/use-settings";
import { optionsOf } from "../../lib/options";
import { text } from "../../strings/en";
import { Button } from "../ui/button";
import { RingSettings } from "./ring-settings";
import { Choices, Range, Switch } from "../ui/fields";
import css from "./settings.module.css";

const words = text.settings;

export const SoundsTab = () => {
  const { settings, change } = useSettings();
  const playTest = useTestSound();
  return (
    <div className={css["stack"]}>
      <div className={css["group"]}>
        <Switch
          label={words.sounds}
          checked={settings.sounds}
          onChange={(sounds) => change({ sounds })}
        />
        {settings.sounds && (
          <>
            <Range
              label={words.soundVolume}
              value={Math.round(settings.soundVolume * 100)}
              min={0}
              max={100}
              step={5}
              shown={text.participant.percent(settings.soundVolume)}
              onChange={(value) => change({ soundVolume: value / 100 })}
            />
            <div className={css["row"]}>
              <Button onClick={playTest}>{words.testSound}</Button>
            </div>
          </>
        )}
      </div>
      <RingSettings />
      <Choices
        label={words.announce}
        value={settings.announce}
        options={optionsOf(words.announces)}
        onChange={(announce) => change({ announce })}
      />
    </div>
  );
};
