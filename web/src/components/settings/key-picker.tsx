import { X } from "lucide-react";
import { useState } from "react";
import { canBind, keyName, shownKey } from "../../lib/keys";
import { text } from "../../strings/en";
import { Button, IconButton } from "../ui/button";
import css from "./settings.module.css";

type Props = {
  label: string;
  value: string;
  onChange: (key: string) => void;
  /** Where no key at all is a choice. */
  onClear?: () => void;
};

/** A key, changed by pressing another one. Escape and Tab leave it as it was. */
export const KeyPicker = ({ label, value, onChange, onClear }: Props) => {
  const [listening, setListening] = useState(false);
  const shown = value === "" ? text.settings.none : shownKey(value);
  return (
    <div className={css["keyRow"]}>
      <span>{label}</span>
      <span className={css["keyButtons"]}>
        <Button
          className={css["keyButton"]}
          aria-label={`${text.settings.change(label)}: ${listening ? text.settings.press : shown}`}
          data-listening={listening}
          onClick={() => setListening(true)}
          onBlur={() => setListening(false)}
          onKeyDown={(event) => {
            if (!listening) return;
            if (event.key === "Tab") return;
            event.preventDefault();
            event.stopPropagation();
            if (event.key === "Escape") setListening(false);
            if (!canBind(event.key)) return;
            setListening(false);
            onChange(keyName(event.key));
          }}
          onKeyUp={(event) => {
            // The space bar presses a button when it goes up: not this time.
            if (event.key === " ") event.preventDefault();
          }}
        >
          {listening ? text.settings.press : shown}
        </Button>
        {onClear && (
          <IconButton label={text.settings.clear(label)} onClick={onClear} disabled={value === ""}>
            <X aria-hidden="true" />
          </IconButton>
        )}
      </span>
    </div>
  );
};
