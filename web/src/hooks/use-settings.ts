import { type Settings, volumeOf, type PersonalVolume } from "../lib/settings";
import {
  bindKey,
  changeSettings,
  setPersonalVolume,
  useSettingsStore,
} from "../stores/settings-store";

type SettingsControls = {
  settings: Settings;
  change: typeof changeSettings;
  bind: typeof bindKey;
};

export const useSettings = (): SettingsControls => ({
  settings: useSettingsStore(),
  change: changeSettings,
  bind: bindKey,
});

type PersonalControls = PersonalVolume & { set: (change: Partial<PersonalVolume>) => void };

/** How loud one hears somebody. */
export const usePersonalVolume = (userId: string): PersonalControls => {
  const settings = useSettingsStore();
  return { ...volumeOf(settings, userId), set: (change) => setPersonalVolume(userId, change) };
};
