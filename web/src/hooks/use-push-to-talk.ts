import { useEffect, useState } from "react";
import { belongsToControl, isTyping, keyName } from "../lib/keys";
import { CLOSED, push, type PushEvent, type PushToTalk } from "../lib/push-to-talk";
import { useSettingsStore } from "../stores/settings-store";
import { useEngine } from "./engine-context";

const LOOK_EVERY_MS = 100;

/**
 * Listens for the push-to-talk key while `active`, and opens the microphone for it.
 *
 * A key-up can get lost: another window takes the focus, the page is hidden, the system swallows it
 * beside its own key. Each of these closes the microphone, and so does a look at the focus ten times
 * a second.
 */
export const usePushToTalk = (active: boolean): boolean => {
  const engine = useEngine();
  const key = useSettingsStore((state) => state.pushKey);
  const releaseMs = useSettingsStore((state) => state.pushReleaseMs);
  const [open, setOpen] = useState(false);

  useEffect(() => {
    if (!active) return;
    let state: PushToTalk = CLOSED;
    let closing: ReturnType<typeof setTimeout> | undefined;
    const step = (event: PushEvent) => {
      state = push(state, event, performance.now(), releaseMs);
      clearTimeout(closing);
      if (state.tag === "closing") closing = setTimeout(() => step("tick"), releaseMs);
      engine.microphone().setKey(state.tag !== "closed");
      setOpen(state.tag !== "closed");
    };
    const lost = () => step("lost");
    const onDown = (event: KeyboardEvent) => {
      if (keyName(event.key) !== key || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isTyping(event.target) || belongsToControl(event.target, event.key)) return;
      event.preventDefault();
      if (!event.repeat) step("down");
    };
    const onUp = (event: KeyboardEvent) => {
      if (event.key === "Meta" || event.key === "OS") lost();
      else if (keyName(event.key) === key) step("up");
    };
    const onHidden = () => {
      if (document.hidden) lost();
    };
    const look = setInterval(() => {
      if (state.tag !== "closed" && !document.hasFocus()) lost();
    }, LOOK_EVERY_MS);
    window.addEventListener("keydown", onDown);
    window.addEventListener("keyup", onUp);
    window.addEventListener("blur", lost);
    window.addEventListener("pagehide", lost);
    document.addEventListener("visibilitychange", onHidden);
    return () => {
      clearInterval(look);
      window.removeEventListener("keydown", onDown);
      window.removeEventListener("keyup", onUp);
      window.removeEventListener("blur", lost);
      window.removeEventListener("pagehide", lost);
      document.removeEventListener("visibilitychange", onHidden);
      lost();
    };
  }, [active, engine, key, releaseMs]);

  return open;
};
