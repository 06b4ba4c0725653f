import { useSyncExternalStore } from "react";

const subscribe = (listener: () => void) => {
  window.addEventListener("online", listener);
  window.addEventListener("offline", listener);
  return () => {
    window.removeEventListener("online", listener);
    window.removeEventListener("offline", listener);
  };
};

/** Whether the browser has a network at all; the call notices that only after a while. */
export const useOnline = (): boolean => useSyncExternalStore(subscribe, () => navigator.onLine);
