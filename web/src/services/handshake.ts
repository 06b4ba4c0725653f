/**
 * The sealed handshake of docs/protocol.md §2: a request with a fresh key, and an answer that only
 * this key opens. How either travels is the host's matter.
 */
import * as v from "valibot";
import type { CallToken } from "../lib/model";
import { problem, PROBLEMS, VoiceError } from "../lib/problem";
import { TokenSchema } from "./api-schema";

export const JOIN_TYPE = "io.haos.voice.join";
export const TOKEN_TYPE = "io.haos.voice.token";
/** The bot answers within a second or so; after this, nobody will. */
export const ANSWER_MS = 15_000;

const AnswerSchema = v.object({
  request_id: v.string(),
  token: v.optional(v.string()),
  error: v.optional(
    v.object({
      code: v.string(),
      message: v.optional(v.string(), ""),
      retry_after_ms: v.optional(v.number(), 0),
    }),
  ),
});

export type Handshake = {
  /** The content of the event to send. */
  request: Record<string, unknown>;
  /**
   * Reads an answer of the bot's. null: it is for another request. Rejects with a `VoiceError` if
   * the bot says no.
   */
  read: (content: unknown) => Promise<CallToken | null>;
};

/** Loaded while the page is looked at, for the click on join. */
export const prepareHandshake = async () => import("jose");

export const beginHandshake = async (deviceId: string, canEncrypt: boolean): Promise<Handshake> => {
  const { exportJWK, generateKeyPair } = await prepareHandshake();
  const { publicKey, privateKey } = await generateKeyPair("ECDH-ES", { crv: "P-256" });
  const requestId = crypto.randomUUID();
  return {
    request: {
      request_id: requestId,
      device_id: deviceId,
      public_key: await exportJWK(publicKey),
      reply: "state",
      media_encryption: canEncrypt,
    },
    read: async (content) => {
      const answer = v.safeParse(AnswerSchema, content);
      if (!answer.success || answer.output.request_id !== requestId) return null;
      const { error, token } = answer.output;
      if (error !== undefined) {
        const code = PROBLEMS.find((name) => name === error.code) ?? "UNEXPECTED";
        throw new VoiceError(problem(code, error.message, error.retry_after_ms));
      }
      return unseal(token ?? "", privateKey);
    },
  };
};

const unseal = async (sealed: string, key: CryptoKey): Promise<CallToken> => {
  try {
    const { compactDecrypt } = await prepareHandshake();
    const { plaintext } = await compactDecrypt(sealed, key, {
      keyManagementAlgorithms: ["ECDH-ES"],
      contentEncryptionAlgorithms: ["A256GCM"],
    });
    return v.parse(TokenSchema, JSON.parse(new TextDecoder().decode(plaintext)));
  } catch {
    throw new VoiceError(problem("UNEXPECTED", "the sealed answer could not be opened"));
  }
};
