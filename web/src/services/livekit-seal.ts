/** Media encrypted from end to end: LiveKit's cryptors, and what is missing for them. */
import {
  BaseKeyProvider,
  importKey,
  type Participant,
  type Room,
  RoomEvent,
  type RoomOptions,
} from "livekit-client";
import SealWorker from "livekit-client/e2ee-worker?worker";
import { createWaiting } from "../lib/waiting";
import type { UsableKey } from "./matrixrtc/keys/received";

type Sealing = {
  /** We send encrypted. Else we open what others send, and send in clear. */
  sends: boolean;
  /** Tells the keys, those that there are and those that come. */
  attach: (sink: (key: UsableKey) => void) => void;
};

/** What a connection needs to encrypt and to open. */
export type Seal = {
  sends: boolean;
  options: Pick<RoomOptions, "encryption">;
  /** Once there is a room; before it connects. */
  use: (room: Room, onWaiting: (identities: ReadonlySet<string>) => void) => Promise<void>;
  end: () => void;
};

/** As Element Call has it; all must have the same. */
const RING = { ratchetWindowSize: 10, keyringSize: 256 };
const LOOK_MS = 500;

class Keys extends BaseKeyProvider {
  constructor() {
    super(RING);
  }

  async set({ identity, index, key }: UsableKey): Promise<void> {
    this.onSetEncryptionKey(await importKey(key, "HKDF", "derive"), identity, index);
  }
}

export const createSeal = (sealing: Sealing): Seal => {
  const worker = new SealWorker();
  const keyProvider = new Keys();
  const waiting = createWaiting();
  let looking: ReturnType<typeof setInterval> | undefined;
  return {
    sends: sealing.sends,
    options: { encryption: { keyProvider, worker } },
    use: async (room, onWaiting) => {
      await room.setE2EEEnabled(sealing.sends);
      room.on(RoomEvent.EncryptionError, (error: Error, who?: Participant) => {
        if (who !== undefined) waiting.failed(who.identity, error.message);
      });
      // One after the other: of two keys of one index, the later one must win.
      let turn = Promise.resolve();
      sealing.attach((key) => {
        turn = turn.then(async () => {
          await keyProvider.set(key);
          waiting.has(key.identity, key.index);
        });
      });
      looking = setInterval(() => {
        const sealed = [...room.remoteParticipants.values()].filter(sendsSealed);
        const change = waiting.look(new Set(sealed.map(({ identity }) => identity)), Date.now());
        if (change !== null) onWaiting(change);
      }, LOOK_MS);
    },
    end: () => {
      clearInterval(looking);
      worker.terminate();
    },
  };
};

/** Something that could be seen or heard, and is encrypted. */
const sendsSealed = (participant: Participant): boolean =>
  [...participant.trackPublications.values()].some(
    ({ isEncrypted, isMuted, isSubscribed }) => isEncrypted && !isMuted && isSubscribed,
  );
