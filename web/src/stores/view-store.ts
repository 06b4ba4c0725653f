/** What is open on the screen. */
import { create } from "zustand";
import type { VideoSource } from "../lib/model";
import type { Theme } from "../lib/widget";

export type Dialog =
  | { tag: "settings" }
  | { tag: "help" }
  | { tag: "history" }
  | { tag: "network" }
  | { tag: "encryption" }
  | { tag: "kick"; identity: string; name: string }
  | { tag: "move"; identity: string; name: string };

export type Pin = { identity: string; source: VideoSource };

type ViewState = {
  dialog: Dialog | null;
  pin: Pin | null;
  peopleShown: boolean;
  /** The theme of what we are embedded in, if it has one. */
  hostTheme: Theme | null;
};

export const useViewStore = create<ViewState>(() => ({
  dialog: null,
  pin: null,
  peopleShown: false,
  hostTheme: null,
}));

const { setState, getState } = useViewStore;

export const openDialog = (dialog: Dialog): void => setState({ dialog });
export const closeDialog = (): void => setState({ dialog: null });
export const showHostTheme = (hostTheme: Theme | null): void => setState({ hostTheme });
export const showPeople = (peopleShown: boolean): void => setState({ peopleShown });

export const togglePin = (pin: Pin): void => {
  const now = getState().pin;
  const same = now?.identity === pin.identity && now.source === pin.source;
  setState({ pin: same ? null : pin });
};
