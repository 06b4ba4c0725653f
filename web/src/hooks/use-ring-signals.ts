import { useEffect } from "react";
import type { Ring } from "../lib/rings";
import { showNotification } from "../services/notifications";
import { useSettingsStore } from "../stores/settings-store";
import { text } from "../strings/en";
import { useEngine } from "./engine-context";

const TITLE_MS = 1000;

/** Whatever tells of a ring besides the page itself: the tone, the title, the notification. */
export const useRingSignals = (ring: Ring | null): void => {
  useRingTone(ring !== null);
  const title = ring === null ? "" : text.rings.calling(ring.by);
  useRingTitle(title);
  const callId = ring?.callId ?? "";
  const name = ring?.name ?? "";
  useEffect(() => {
    const { ringNotifications } = useSettingsStore.getState();
    if (callId === "" || !ringNotifications || document.hasFocus()) return;
    return showNotification(title, name, callId);
  }, [callId, name, title]);
};

const useRingTone = (rings: boolean) => {
  const engine = useEngine();
  useEffect(() => {
    if (!rings) return;
    const ringer = engine.ringer();
    ringer.start();
    return () => ringer.stop();
  }, [engine, rings]);
};

/** The title changes to and fro: that is what is seen of a page at the back. */
const useRingTitle = (title: string) => {
  useEffect(() => {
    if (title === "") return;
    let plain = document.title;
    document.title = title;
    const timer = setInterval(() => {
      if (document.title !== title) {
        // Somebody joined meanwhile: that is the title to go back to.
        plain = document.title;
        document.title = title;
      } else {
        document.title = plain;
      }
    }, TITLE_MS);
    return () => {
      clearInterval(timer);
      if (document.title === title) document.title = plain;
    };
  }, [title]);
};
