/** What keys need of a Matrix session, whoever has it: the widget's client, or our own login. */
import type { CallMember } from "./members";
import type { KeyOwner } from "./message";

export type KeyTransport = KeyOwner & {
  /** Whether the room wants its calls encrypted, as its own state says it. */
  encrypts: () => boolean;
  /**
   * To those devices, each encrypted with Olm. Gives those that could not be encrypted for, as far
   * as that is known: devices that the homeserver tells nothing of, yet or ever. Rejects if it could
   * not be sent at all.
   */
  send: (
    to: readonly CallMember[],
    content: Record<string, unknown>,
  ) => Promise<readonly CallMember[]>;
  /** Keys that came, encrypted, with their proven sender. Returns what ends it. */
  onKey: (listener: (sender: string, content: unknown) => void) => () => void;
  /** The other devices in the call, now and at each change. Returns what ends it. */
  onMembers: (listener: (members: readonly CallMember[]) => void) => () => void;
};
