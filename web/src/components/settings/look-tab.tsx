import { useSettings } from "../../hooks/use-settings";
import { optionsOf } from "../../lib/options";
import { text } from "../../strings/en";
import { Choices } from "../ui/fields";

export const LookTab = () => {
  const { settings, change } = useSettings();
  return (
    <Choices
      label={text.settings.theme}
      value={settings.theme}
      options={optionsOf(text.settings.themes)}
      onChange={(theme) => change({ theme })}
    />
  );
};
