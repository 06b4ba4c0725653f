/** Settings in the browser's local storage. Storage may be forbidden: then they last for the visit. */
import { readSettings, type Settings } from "../lib/settings";

const KEY = "haos-voice.settings";

export const loadSettings = (storage: () => Storage): Settings => {
  try {
    return readSettings(JSON.parse(storage().getItem(KEY) ?? "{}"));
  } catch {
    return readSettings({});
  }
};

export const saveSettings = (storage: () => Storage, settings: Settings): void => {
  try {
    storage().setItem(KEY, JSON.stringify(settings));
  } catch {
    // Full or forbidden: the settings hold until the page is closed.
  }
};
