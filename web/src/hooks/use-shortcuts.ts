import { useEffect, useEffectEvent } from "react";
import { type Action, actionOf, belongsToControl, isTyping, keyName } from "../lib/keys";
import { useSettingsStore } from "../stores/settings-store";

/** Single keys, while nobody types and no dialog is open. */
export const useShortcuts = (
  actions: Partial<Record<Action, () => void>>,
  enabled: boolean,
): void => {
  const shortcuts = useSettingsStore((state) => state.shortcuts);
  const keys = useSettingsStore((state) => state.keys);
  const pushKey = useSettingsStore((state) => (state.inputMode === "push" ? state.pushKey : ""));
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (isTyping(event.target) || belongsToControl(event.target, event.key)) return;
    if (keyName(event.key) === pushKey) return;
    const action = actionOf(event, keys);
    const act = action === null ? undefined : actions[action];
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
  const listening = shortcuts && enabled;
  useEffect(() => {
    if (!listening) return;
    const listener = (event: KeyboardEvent) => onKey(event);
    window.addEventListener("keydown", listener);
    return () => window.removeEventListener("keydown", listener);
  }, [listening]);
};
