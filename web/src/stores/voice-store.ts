/** What is known about the room and the call right now. Plain data; services fill it, hooks read it. */
import { create } from "zustand";
import type { Connection } from "../lib/connection";
import { type LocalMedia, NO_MEDIA } from "../lib/media";
import type { RoomSnapshot, Session, Unseen } from "../lib/model";
import type { Problem } from "../lib/problem";

export type Access =
  { tag: "opening" } | { tag: "open"; session: Session } | { tag: "refused"; problem: Problem };

/** Something to tell once, in passing. */
export type Notice = { id: number; tone: "info" | "warning"; text: string };

export type VoiceState = {
  access: Access;
  room: RoomSnapshot | null;
  connection: Connection;
  local: LocalMedia;
  /** Identities of who is speaking. */
  speaking: ReadonlySet<string>;
  talkingWhileMuted: boolean;
  deadMicrophone: boolean;
  soundBlocked: boolean;
  /** How the call that we are in is encrypted from end to end; null: not, or in none. */
  sealed: { sends: boolean } | null;
  /** Identities of those whose key has not come. */
  waitingFor: ReadonlySet<string>;
  unseen: Unseen;
  notice: Notice | null;
};

const INITIAL: VoiceState = {
  access: { tag: "opening" },
  room: null,
  connection: { tag: "out" },
  local: NO_MEDIA,
  speaking: new Set(),
  talkingWhileMuted: false,
  deadMicrophone: false,
  soundBlocked: false,
  sealed: null,
  waitingFor: new Set(),
  unseen: null,
  notice: null,
};

export const useVoiceStore = create<VoiceState>(() => INITIAL);

const { setState, getState } = useVoiceStore;

export const resetVoice = (): void => setState(INITIAL, true);

export const updateVoice = (change: Partial<VoiceState>): void => setState(change);

export const notify = (tone: Notice["tone"], text: string): void =>
  setState({ notice: { id: (getState().notice?.id ?? 0) + 1, tone, text } });

/** Only if it is still the same one: a later notice must not be closed by an earlier one's timer. */
export const dismiss = (id: number): void => {
  if (getState().notice?.id === id) setState({ notice: null });
};
