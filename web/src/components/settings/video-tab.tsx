import { useCameraPreview } from "../../hooks/use-camera-preview";
import { useSettings } from "../../hooks/use-settings";
import { optionsOf } from "../../lib/options";
import { text } from "../../strings/en";
import { Button } from "../ui/button";
import { Select, Switch } from "../ui/fields";
import { DeviceSelect } from "./device-select";
import css from "./settings.module.css";

const words = text.settings;

export const VideoTab = () => {
  const { settings, change } = useSettings();
  const { on, failed, toggle, video } = useCameraPreview();
  return (
    <div className={css["stack"]}>
      <div className={css["group"]}>
        <DeviceSelect
          label={words.camera}
          kind="videoinput"
          value={settings.cameraDevice}
          onChange={(cameraDevice) => change({ cameraDevice })}
        />
        {on && (
          <video
            ref={video}
            className={css["preview"]}
            aria-label={words.cameraPreview}
            autoPlay
            playsInline
            muted
          />
        )}
        {failed && <p role="alert">{text.media.cameraFailed}</p>}
        <div className={css["row"]}>
          <Button onClick={toggle}>{on ? words.cameraStop : words.cameraTest}</Button>
        </div>
      </div>
      <div className={css["group"]}>
        <Select
          label={words.share}
          value={settings.share}
          options={optionsOf(words.shares)}
          onChange={(share) => change({ share })}
        />
        <Switch
          label={words.shareSound}
          checked={settings.shareSound}
          onChange={(shareSound) => change({ shareSound })}
        />
      </div>
    </div>
  );
};
