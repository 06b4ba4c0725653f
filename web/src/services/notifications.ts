/** The browser's own notifications. Asking is a person's act: see the switch in the settings. */
export const canNotify = (): boolean => "Notification" in window;

const mayNotify = (): boolean => canNotify() && Notification.permission === "granted";

/** True if notifications may be shown from now on. */
export const askToNotify = async (): Promise<boolean> => {
  if (!canNotify()) return false;
  if (mayNotify()) return true;
  return (await Notification.requestPermission()) === "granted";
};

/** Shows it; what is returned takes it away. A click brings the page to the front. */
export const showNotification = (title: string, body: string, tag: string): (() => void) => {
  if (!mayNotify()) return () => undefined;
  try {
    const shown = new Notification(title, { body, tag, requireInteraction: true });
    shown.onclick = () => {
      window.focus();
      shown.close();
    };
    return () => shown.close();
  } catch {
    // Chrome on Android has the class, but lets only service workers show one.
    return () => undefined;
  }
};
