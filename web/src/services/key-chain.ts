/** Media keys of the calls that we are in: one session a room, from the way in until we are out. */
import type { CallToken } from "../lib/model";
import { problem, problemOf, VoiceError } from "../lib/problem";
import type { Host } from "./host/host";
import type { Seal } from "./livekit-seal";
import type { KeySession } from "./matrixrtc/keys/session";
import type { KeyTransport } from "./matrixrtc/keys/transport";

export type KeyChain = {
  token: (roomId: string) => Promise<CallToken>;
  /**
   * What a connection to that call needs; null: it is not encrypted. Decided before it connects:
   * where it must be and cannot be, nothing is sent in clear instead.
   */
  seal: (way: CallToken, roomId: string) => Promise<Seal | null>;
  /** The others' sessions are over. */
  keepOnly: (roomId: string | null) => void;
};

const clock = {
  now: () => Date.now(),
  later: (work: () => void, ms: number) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};

export const createKeyChain = (
  host: Pick<Host, "token" | "keys">,
  browserCan: () => boolean,
): KeyChain => {
  const sessions = new Map<string, { transport: KeyTransport; session: KeySession }>();

  const transportOf = async (roomId: string): Promise<KeyTransport | null> =>
    browserCan() ? ((await host.keys?.(roomId)) ?? null) : null;

  const sessionOf = async (roomId: string, transport: KeyTransport): Promise<KeySession> => {
    const { createKeySession } = await import("./sealing");
    const known = sessions.get(roomId);
    if (known?.transport === transport) return known.session;
    known?.session.end();
    const session = createKeySession(transport, clock);
    sessions.set(roomId, { transport, session });
    return session;
  };

  /** The bridge knows that we cannot; we know why. */
  const why = () => {
    if (host.keys === undefined) return problem("ENCRYPTED");
    return problem(browserCan() ? "KEYS_REFUSED" : "CANNOT_ENCRYPT");
  };

  return {
    token: async (roomId) => {
      const canEncrypt = (await transportOf(roomId)) !== null;
      try {
        return await host.token(roomId, canEncrypt);
      } catch (error) {
        throw problemOf(error).code === "ENCRYPTED" ? new VoiceError(why()) : error;
      }
    },
    seal: async (way, roomId) => {
      const transport = await transportOf(roomId);
      if (transport === null) {
        if (way.encrypts) throw new VoiceError(why());
        return null;
      }
      // What the room itself says counts, too: the bridge must not be able to talk us out of it.
      const sends = way.encrypts || transport.encrypts();
      const session = await sessionOf(roomId, transport);
      const { createSeal } = await import("./sealing");
      return createSeal({
        sends,
        attach: (sink) => session.attach(sink, sends ? way.identity : null),
      });
    },
    keepOnly: (roomId) => {
      for (const [id, { session }] of sessions) {
        if (id === roomId) continue;
        session.end();
        sessions.delete(id);
      }
    },
  };
};
