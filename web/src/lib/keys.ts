/** Keyboard shortcuts: what they do, which key, and when a key press is none. */
export const ACTIONS = [
  "mute",
  "deafen",
  "camera",
  "screen",
  "hand",
  "settings",
  "leave",
  "answer",
  "decline",
  "help",
] as const;

export type Action = (typeof ACTIONS)[number];

/** A key as it is written on it, "" for none: letters are lower case, the space bar is "Space". */
export type KeyBindings = Readonly<Record<Action, string>>;

export const DEFAULT_KEYS: KeyBindings = {
  mute: "m",
  deafen: "d",
  camera: "v",
  screen: "s",
  hand: "h",
  settings: ",",
  leave: "",
  answer: "a",
  decline: "r",
  help: "?",
};

export type KeyPress = Pick<
  KeyboardEvent,
  "key" | "ctrlKey" | "metaKey" | "altKey" | "isComposing" | "repeat"
>;

export const keyName = (key: string): string => {
  if (key === " ") return "Space";
  return key.length === 1 ? key.toLowerCase() : key;
};

const MODIFIERS = new Set(["Control", "Shift", "Alt", "AltGraph", "Meta", "CapsLock"]);
/** Keys that pages need: moving the focus, closing a dialog, pressing a button. */
const RESERVED = new Set(["Tab", "Escape", "Enter", "Dead", "Process", "Unidentified"]);

export const canBind = (key: string): boolean => !MODIFIERS.has(key) && !RESERVED.has(key);

/** What a key press asks for; null if it is meant for something else. */
export const actionOf = (press: KeyPress, keys: KeyBindings): Action | null => {
  if (press.ctrlKey || press.metaKey || press.altKey || press.isComposing || press.repeat)
    return null;
  const name = keyName(press.key);
  return ACTIONS.find((action) => keys[action] !== "" && keys[action] === name) ?? null;
};

const TYPING = "input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, select";

/** Whether the focus is where people type. */
export const isTyping = (target: EventTarget | null): boolean =>
  target instanceof Element &&
  (target.closest(TYPING) !== null ||
    target.closest("[contenteditable]:not([contenteditable=false])") !== null);

/** Whether a key press belongs to the control that has the focus: the space bar on a button. */
export const belongsToControl = (target: EventTarget | null, key: string): boolean =>
  target instanceof Element &&
  (key === " " || key.startsWith("Arrow") || key === "Home" || key === "End") &&
  target.closest(
    "button, a, summary, input, select, [role=menuitem], [role=tab], [role=switch]",
  ) !== null;

/** How a key is shown. */
export const shownKey = (name: string): string => (name.length === 1 ? name.toUpperCase() : name);
