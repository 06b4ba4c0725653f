/** What the person set. Kept in the browser by whoever subscribes (wiring.ts). */
import { create } from "zustand";
import type { Action } from "../lib/keys";
import { DEFAULT_SETTINGS, type PersonalVolume, type Settings, volumeOf } from "../lib/settings";

export const useSettingsStore = create<Settings>(() => DEFAULT_SETTINGS);

const { setState, getState } = useSettingsStore;

export const replaceSettings = (settings: Settings): void => setState(settings, true);

export const changeSettings = (change: Partial<Settings>): void => setState(change);

export const setPersonalVolume = (userId: string, change: Partial<PersonalVolume>): void => {
  const settings = getState();
  const next = { ...volumeOf(settings, userId), ...change };
  const others = Object.entries(settings.people).filter(([id]) => id !== userId);
  // What is as it was at first is not worth keeping.
  const plain = next.volume === 1 && !next.muted;
  setState({ people: Object.fromEntries(plain ? others : [...others, [userId, next]]) });
};

/** One key does one thing: the action that had it loses it, and is returned. */
export const bindKey = (action: Action, key: string): Action | null => {
  const { keys } = getState();
  const taken = Object.entries(keys).find(([name, bound]) => bound === key && name !== action);
  const loser = key === "" ? undefined : (taken?.[0] as Action | undefined);
  setState({ keys: { ...keys, ...(loser && { [loser]: "" }), [action]: key } });
  return loser ?? null;
};
