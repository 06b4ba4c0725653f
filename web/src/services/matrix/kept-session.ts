/**
 * The session of a login, kept over reloads; sealed. One that lapsed (a soft logout: the homeserver
 * wants to see the person again, and keeps the device) leaves who it was and the key of the store
 * of message keys, and no token.
 */
import * as v from "valibot";
import { ACCOUNT_MARK } from "../../lib/route";
import { destroyKey, getSealed, putSealed, removeSealed } from "./sealed-shelf";

const LapsedSchema = v.object({
  homeserver: v.string(),
  userId: v.string(),
  deviceId: v.string(),
  /** What the device's store of message keys is encrypted with, in base64; 32 bytes. */
  storeKey: v.optional(v.string()),
});

const SessionSchema = v.object({
  ...LapsedSchema.entries,
  accessToken: v.string(),
  refreshToken: v.optional(v.string()),
  /** Of a login by OAuth: as whom this page is registered with the homeserver. */
  oauthClientId: v.optional(v.string()),
});

export type LapsedSession = v.InferOutput<typeof LapsedSchema>;
export type MatrixSession = v.InferOutput<typeof SessionSchema>;

const SESSION = "session";
const LAPSED = "lapsed";

export const keepSession = async (session: MatrixSession): Promise<void> => {
  await putSealed(SESSION, session);
  await removeSealed(LAPSED);
  localStorage.setItem(ACCOUNT_MARK, "1");
};

/** null: nobody is logged in, or what is there cannot be read any more. */
export const keptSession = async (): Promise<MatrixSession | null> => {
  const kept = v.safeParse(SessionSchema, await getSealed(SESSION));
  return kept.success ? kept.output : null;
};

/** Forgets the tokens alone. */
export const lapseSession = async (session: LapsedSession): Promise<void> => {
  const { homeserver, userId, deviceId, storeKey } = session;
  const lapsed: LapsedSession = { homeserver, userId, deviceId, ...(storeKey && { storeKey }) };
  await putSealed(LAPSED, lapsed);
  await removeSealed(SESSION);
};

export const lapsedSession = async (): Promise<LapsedSession | null> => {
  const kept = v.safeParse(LapsedSchema, await getSealed(LAPSED));
  return kept.success ? kept.output : null;
};

export const forgetSession = async (): Promise<void> => {
  localStorage.removeItem(ACCOUNT_MARK);
  await removeSealed(SESSION);
  await removeSealed(LAPSED);
  await destroyKey();
};
