/** What keys need of a Matrix session, whoever has it: the widget's client, or our own login. */
import type { CallMember } from "./members";
import type { DeviceName, KeyOwner } from "./message";

export type KeyTransport = KeyOwner & {
  /** Whether the room wants its calls encrypted, as its own state says it. */
  encrypts: () => boolean;
  /** To those devices, each encrypted with Olm. Rejects if it could not be sent. */
  send: (to: readonly DeviceName[], content: Record<string, unknown>) => Promise<void>;
  /** Keys that came, encrypted, with their proven sender. Returns what ends it. */
  onKey: (listener: (sender: string, content: unknown) => void) => () => void;
  /** The other devices in the call, now and at each change. Returns what ends it. */
  onMembers: (listener: (members: readonly CallMember[]) => void) => () => void;
};
