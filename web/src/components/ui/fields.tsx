import { Switch as RadixSwitch } from "radix-ui";
import { useId } from "react";
import css from "./ui.module.css";

type SwitchProps = {
  label: string;
  hint?: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
};

export const Switch = ({ label, hint, checked, onChange }: SwitchProps) => {
  const id = useId();
  return (
    <div className={css["switchRow"]}>
      <div>
        <label htmlFor={id} className={css["label"]}>
          {label}
        </label>
        {hint !== undefined && (
          <p id={`${id}-hint`} className={css["hint"]}>
            {hint}
          </p>
        )}
      </div>
      <RadixSwitch.Root
        id={id}
        className={css["switch"]}
        checked={checked}
        onCheckedChange={onChange}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
      >
        <RadixSwitch.Thumb className={css["thumb"]} />
      </RadixSwitch.Root>
    </div>
  );
};

type RangeProps = {
  label: string;
  /** Where the label is already on the screen. */
  hideLabel?: boolean;
  value: number;
  min: number;
  max: number;
  step: number;
  shown: string;
  spoken?: string;
  onChange: (value: number) => void;
};

export const Range = (props: RangeProps) => {
  const {
    label,
    hideLabel = false,
    value,
    min,
    max,
    step,
    shown,
    spoken = shown,
    onChange,
  } = props;
  const id = useId();
  return (
    <div className={css["field"]}>
      {!hideLabel && (
        <label htmlFor={id} className={css["label"]}>
          {label}
        </label>
      )}
      <div className={css["rangeRow"]}>
        <input
          id={id}
          type="range"
          className={css["range"]}
          aria-label={hideLabel ? label : undefined}
          aria-valuetext={spoken}
          {...{ value, min, max, step }}
          onChange={(event) => onChange(event.target.valueAsNumber)}
        />
        <span className={css["value"]} aria-hidden="true">
          {shown}
        </span>
      </div>
    </div>
  );
};

type Option<T extends string> = { value: T; label: string };

type SelectProps<T extends string> = {
  label: string;
  value: T;
  options: readonly Option<T>[];
  onChange: (value: T) => void;
};

export const Select = <T extends string>({ label, value, options, onChange }: SelectProps<T>) => {
  const id = useId();
  return (
    <div className={css["field"]}>
      <label htmlFor={id} className={css["label"]}>
        {label}
      </label>
      <select
        id={id}
        className={css["select"]}
        value={value}
        onChange={(event) => onChange(event.target.value as T)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  );
};

export const Choices = <T extends string>({ label, value, options, onChange }: SelectProps<T>) => {
  const name = useId();
  return (
    <fieldset className={css["choices"]}>
      <legend className={css["label"]}>{label}</legend>
      {options.map((option) => (
        <label key={option.value} className={css["choice"]}>
          <input
            type="radio"
            name={name}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          {option.label}
        </label>
      ))}
    </fieldset>
  );
};
