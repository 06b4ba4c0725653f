import { useState } from "react";
import { askToNotify, canNotify } from "../services/notifications";
import { changeSettings, useSettingsStore } from "../stores/settings-store";

type Notifications = {
  possible: boolean;
  on: boolean;
  /** The browser said no, now or earlier. */
  denied: boolean;
  set: (wanted: boolean) => void;
};

/** Notifications of incoming calls: the browser is asked when the person switches them on. */
export const useNotifications = (): Notifications => {
  const on = useSettingsStore((state) => state.ringNotifications);
  const [denied, setDenied] = useState(false);
  const set = (wanted: boolean) => {
    setDenied(false);
    changeSettings({ ringNotifications: false });
    if (!wanted) return;
    void askToNotify().then((granted) => {
      changeSettings({ ringNotifications: granted });
      setDenied(!granted);
    });
  };
  return { possible: canNotify(), on, denied, set };
};
