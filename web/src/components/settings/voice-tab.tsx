import { outputCanBeChosen } from "../../hooks/use-devices";
import { useLocalMedia } from "../../hooks/use-local-media";
import { useMicrophoneLevel, useMonitor, useTestSound } from "../../hooks/use-microphone-test";
import { useSettings } from "../../hooks/use-settings";
import { optionsOf } from "../../lib/options";
import { text } from "../../strings/en";
import { Button } from "../ui/button";
import { Choices, Range, Switch } from "../ui/fields";
import { DeviceSelect } from "./device-select";
import { KeyPicker } from "./key-picker";
import { LevelMeter } from "./level-meter";
import css from "./settings.module.css";

const words = text.settings;

export const VoiceTab = () => {
  const { settings, change } = useSettings();
  return (
    <div className={css["stack"]}>
      <div className={css["two"]}>
        <DeviceSelect
          label={words.input}
          kind="audioinput"
          value={settings.inputDevice}
          onChange={(inputDevice) => change({ inputDevice })}
        />
        {outputCanBeChosen ? (
          <DeviceSelect
            label={words.output}
            kind="audiooutput"
            value={settings.outputDevice}
            onChange={(outputDevice) => change({ outputDevice })}
          />
        ) : (
          <p className={css["hint"]}>{words.outputUnsupported}</p>
        )}
      </div>
      <MicrophoneTest />
      <div className={css["group"]}>
        <Choices
          label={words.mode}
          value={settings.inputMode}
          options={optionsOf(words.modes)}
          onChange={(inputMode) => change({ inputMode })}
        />
        <p className={css["hint"]}>{words.modeHelp[settings.inputMode]}</p>
        {settings.inputMode === "push" && <PushSettings />}
      </div>
      <div className={css["group"]}>
        <h3 className={css["title"]}>{words.processing}</h3>
        <Choices
          label={words.noise}
          value={settings.noise}
          options={optionsOf(words.noises)}
          onChange={(noise) => change({ noise })}
        />
        <Switch
          label={words.echo}
          checked={settings.echoCancellation}
          onChange={(echoCancellation) => change({ echoCancellation })}
        />
        <Switch
          label={words.gain}
          checked={settings.autoGain}
          onChange={(autoGain) => change({ autoGain })}
        />
      </div>
    </div>
  );
};

const MicrophoneTest = () => {
  const { settings, change } = useSettings();
  const level = useMicrophoneLevel();
  const monitor = useMonitor();
  const playTest = useTestSound();
  const { microphone } = useLocalMedia();
  const gated = settings.inputMode === "gate";
  return (
    <div className={css["group"]}>
      {microphone.tag === "failed" && <p role="alert">{text.media.denied}</p>}
      <LevelMeter db={level} threshold={gated ? settings.gateDb : null} />
      {gated && (
        <Range
          label={words.threshold}
          value={settings.gateDb}
          min={-100}
          max={0}
          step={1}
          shown={words.thresholdShown(settings.gateDb)}
          spoken={words.thresholdValue(settings.gateDb)}
          onChange={(gateDb) => change({ gateDb })}
        />
      )}
      <div className={css["row"]}>
        <Button
          aria-pressed={monitor.on}
          look={monitor.on ? "primary" : "plain"}
          onClick={monitor.toggle}
        >
          {words.test}
        </Button>
        <Button onClick={playTest}>{words.testSound}</Button>
      </div>
      <p className={css["hint"]}>{words.testHelp}</p>
    </div>
  );
};

const PushSettings = () => {
  const { settings, change } = useSettings();
  return (
    <>
      <KeyPicker
        label={words.pushKey}
        value={settings.pushKey}
        onChange={(pushKey) => change({ pushKey })}
      />
      <Range
        label={words.release}
        value={settings.pushReleaseMs}
        min={0}
        max={2000}
        step={50}
        shown={words.ms(settings.pushReleaseMs)}
        onChange={(pushReleaseMs) => change({ pushReleaseMs })}
      />
    </>
  );
};
