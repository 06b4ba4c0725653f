import { useState } from "react";
import { useSettings } from "../../hooks/use-settings";
import { type Action, ACTIONS, DEFAULT_KEYS } from "../../lib/keys";
import { text } from "../../strings/en";
import { Button } from "../ui/button";
import { Switch } from "../ui/fields";
import { KeyPicker } from "./key-picker";
import css from "./settings.module.css";

const words = text.settings;

export const KeysTab = () => {
  const { settings, change, bind } = useSettings();
  const [loser, setLoser] = useState<Action | null>(null);
  return (
    <div className={css["stack"]}>
      <Switch
        label={words.shortcuts}
        hint={words.shortcutsHelp}
        checked={settings.shortcuts}
        onChange={(shortcuts) => change({ shortcuts })}
      />
      {settings.shortcuts && (
        <div>
          {ACTIONS.map((action) => (
            <KeyPicker
              key={action}
              label={text.actions[action]}
              value={settings.keys[action]}
              onChange={(key) => setLoser(bind(action, key))}
              onClear={() => setLoser(bind(action, ""))}
            />
          ))}
        </div>
      )}
      <p role="status" className={css["hint"]}>
        {loser === null ? "" : words.taken(text.actions[loser])}
      </p>
      <div className={css["row"]}>
        <Button onClick={() => change({ keys: DEFAULT_KEYS, pushKey: "Space" })}>
          {words.reset}
        </Button>
      </div>
    </div>
  );
};
