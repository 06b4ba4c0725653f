import type { LucideIcon } from "lucide-react";
import { Tooltip } from "radix-ui";
import type { ReactNode } from "react";
import { shownKey } from "../../lib/keys";
import { text } from "../../strings/en";
import { classes } from "../ui/css";
import ui from "../ui/ui.module.css";
import css from "./voice.module.css";

type Props = {
  label: string;
  Icon: LucideIcon;
  /** Toggles have it; the name stays the same, on or off. */
  pressed?: boolean;
  /** What "pressed" means: something is off (red), or something is on (blue). */
  look?: "off" | "on";
  /** The key that does the same, "" for none. */
  shortcut?: string;
  className?: string | undefined;
  talking?: boolean;
  disabled?: boolean;
  onClick: () => void;
  /** On top of the icon. */
  children?: ReactNode;
  describedBy?: string;
};

export const ControlButton = (props: Props) => {
  const {
    label,
    Icon,
    pressed,
    look = "on",
    shortcut = "",
    className,
    talking,
    disabled,
    onClick,
    children,
    describedBy,
  } = props;
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>
        <button
          type="button"
          className={classes(css["control"], className)}
          aria-label={label}
          {...(describedBy !== undefined && { "aria-describedby": describedBy })}
          aria-pressed={pressed}
          aria-keyshortcuts={shortcut === "" ? undefined : shortcut}
          data-look={look}
          data-talking={talking}
          disabled={disabled}
          onClick={(event) => {
            // After a click by mouse, the space bar is for talking, not for this button.
            if (event.detail > 0) event.currentTarget.blur();
            onClick();
          }}
        >
          <Icon aria-hidden="true" />
          {children}
        </button>
      </Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content className={ui["tooltip"]} sideOffset={8} collisionPadding={8}>
          {label}
          {shortcut !== "" && ` · ${text.controls.key(shownKey(shortcut))}`}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
};
