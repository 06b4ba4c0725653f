/** Until when missed calls were seen, in the browser's local storage: ms since the epoch. */
const KEY = "haos-voice.missed-seen";

export const loadSeen = (storage: () => Storage): number => {
  try {
    return Number(storage().getItem(KEY)) || 0;
  } catch {
    return 0;
  }
};

export const saveSeen = (storage: () => Storage, until: number): void => {
  try {
    storage().setItem(KEY, String(until));
  } catch {
    // Full or forbidden: after a reload they are news again.
  }
};
