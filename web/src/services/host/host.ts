import type {
  CallToken,
  ModeratorAction,
  OwnCall,
  PastCall,
  RoomSnapshot,
  Session,
} from "../../lib/model";
import type { Ring, RingNews } from "../../lib/rings";
import type { KeyTransport } from "../matrixrtc/keys/transport";

/**
 * Where the client runs, and so how it learns of the room and gets its tokens: opened by a link,
 * inside a Matrix client as a widget, or on its own. All promises reject with a `VoiceError`.
 */
export type Host = {
  /** Who we are and in which room; called once. */
  open: () => Promise<Session>;
  /** Tells the room now and at each change. Ends only with the signal, or with what will not pass. */
  watch: (
    roomId: string,
    onRoom: (room: RoomSnapshot) => void,
    signal: AbortSignal,
  ) => Promise<void>;
  /**
   * A way in. It opens one connection, soon.
   *
   * @param canEncrypt whether we can take part where media is encrypted from end to end.
   */
  token: (roomId: string, canEncrypt: boolean) => Promise<CallToken>;
  /**
   * How media keys travel between the devices in the room's call; null: the room is not encrypted,
   * or there is no way. Missing where there never is one: without a device of Matrix's.
   */
  keys?: (roomId: string) => Promise<KeyTransport | null>;
  /** The last calls, newest first. */
  history: (roomId: string, limit: number) => Promise<readonly PastCall[]>;
  /** null where the host has no way to moderate. */
  moderate: ((order: Order) => Promise<void>) | null;
  /** Somebody's picture, small or not; `address` is that of `RoomSnapshot.pictures`. */
  picture?: (whose: { roomId: string; userId: string; address: string }) => Promise<Blob>;
  /**
   * Where others learn through the host that we are in a call: told of each change; null: out, or
   * `taken` over by another program with the same device.
   */
  present?: (call: OwnCall | null, taken?: boolean) => Promise<void>;
  /** Tells who rings us and whose calls we missed, now and at each change. Ends as `watch` does. */
  rings?: (onNews: (news: RingNews) => void, signal: AbortSignal) => Promise<void>;
  /** Does not want that call, on none of our devices. */
  decline?: (ring: Ring) => Promise<void>;
};

export type Order = {
  roomId: string;
  identity: string;
  action: ModeratorAction;
  /** For a move: the other room. */
  to?: string;
};
