/** The client on its own: the account, its rooms, and what is open. Plain data. */
import { create } from "zustand";
import type { Phase } from "../lib/phase";
import type { Rooms } from "../lib/rooms";
import type { Timeline } from "../lib/timeline";

export type Pane = "rooms" | "chat";

type AccountState = {
  phase: Phase;
  online: boolean;
  rooms: Rooms;
  /** null: all rooms. */
  spaceId: string | null;
  roomId: string | null;
  timeline: Timeline | null;
  /** The channel that we are on the way into, out of another. */
  entering: string | null;
  /** On a phone one of them lies over the call. */
  pane: Pane | null;
  /** On a wide screen: the messages beside the call. */
  chatShown: boolean;
};

const INITIAL: AccountState = {
  phase: { tag: "starting" },
  online: true,
  rooms: new Map(),
  spaceId: null,
  roomId: null,
  timeline: null,
  entering: null,
  pane: null,
  chatShown: true,
};

export const useAccountStore = create<AccountState>(() => INITIAL);

const { setState } = useAccountStore;

export const updateAccount = (change: Partial<AccountState>): void => setState(change);

export const resetAccount = (): void => setState(INITIAL, true);
