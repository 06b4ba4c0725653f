/** Logging in: by password, by the homeserver's single sign-on, or by its OAuth pages (MSC2965). */
import { createClient, HTTPError, type MatrixClient, MatrixError, OAuth2 } from "matrix-js-sdk";
import * as v from "valibot";
import {
  LoginError,
  loginFailure,
  type LoginWays,
  type Returned,
  type SsoProvider,
} from "../../lib/login";
import { quietLogger } from "./logger";
import type { MatrixSession } from "./kept-session";

/** What is remembered while the person is away, in this tab alone. */
const PENDING = "haos-voice.login";

const PendingSchema = v.object({
  homeserver: v.string(),
  roomId: v.nullable(v.string()),
  /** Comes back with the answer: who sends one without it did not begin here. */
  state: v.string(),
  /** Of a session that lapsed: the device that is to go on. */
  deviceId: v.optional(v.string()),
  oauth: v.optional(
    v.object({
      clientId: v.string(),
      deviceId: v.string(),
      codeVerifier: v.string(),
    }),
  ),
});
type Pending = v.InferOutput<typeof PendingSchema>;

export type Back = { session: MatrixSession; roomId: string | null };

const clientOf = (homeserver: string): MatrixClient =>
  createClient({ baseUrl: homeserver, logger: quietLogger, disableVoip: true });

export const waysOf = async (homeserver: string): Promise<LoginWays> => {
  const client = clientOf(homeserver);
  // Where there is OAuth, the older ways lead there too, or nowhere: `GET /login` may not exist.
  if (await hasOAuth(client)) return { oauth: true, password: false, sso: [] };
  try {
    const { flows } = await client.loginFlows();
    const sso = flows.flatMap((flow): SsoProvider[] => {
      if (flow.type !== "m.login.sso") return [];
      const providers = "identity_providers" in flow ? flow.identity_providers : undefined;
      if (!providers || providers.length === 0) return [{ id: null, name: "" }];
      return providers.map(({ id, name }) => ({ id, name }));
    });
    return { oauth: false, password: flows.some(({ type }) => type === "m.login.password"), sso };
  } catch (error) {
    throw loginErrorOf(error);
  }
};

const hasOAuth = async (client: MatrixClient): Promise<boolean> =>
  client.getAuthMetadata().then(
    () => true,
    () => false,
  );

export type Password = {
  user: string;
  password: string;
  deviceName: string;
  /** To go on with; else a new one. */
  deviceId?: string | undefined;
};

export const withPassword = async (
  homeserver: string,
  { user, password, deviceName, deviceId }: Password,
): Promise<MatrixSession> =>
  loggedIn(homeserver, {
    type: "m.login.password",
    identifier: { type: "m.id.user", user: user.trim() },
    password,
    initial_device_display_name: deviceName,
    ...(deviceId !== undefined && { device_id: deviceId }),
  });

/** What is to be so afterwards: the room that is opened, and the device that goes on. */
export type Afterwards = { roomId: string | null; deviceId?: string | undefined };

/** Leaves the page. */
export const leaveForSso = (
  homeserver: string,
  providerId: string | null,
  { roomId, deviceId }: Afterwards,
): void => {
  const state = crypto.randomUUID();
  remember({ homeserver, roomId, state, ...(deviceId !== undefined && { deviceId }) });
  const back = `${ownAddress()}?state=${state}`;
  location.assign(clientOf(homeserver).getSsoLoginUrl(back, "sso", providerId ?? undefined));
};

/** Leaves the page. */
export const leaveForOAuth = async (
  homeserver: string,
  clientName: string,
  { roomId, deviceId }: Afterwards,
): Promise<void> => {
  try {
    const metadata = await clientOf(homeserver).getAuthMetadata();
    const page = ownAddress();
    const clientId = await OAuth2.registerClient(
      metadata,
      {
        application_type: "web",
        client_name: clientName,
        client_uri: page,
        redirect_uris: [page],
        grant_types: ["authorization_code", "refresh_token"],
      },
      quietLogger,
    );
    const context = { clientId, ...(deviceId !== undefined && { deviceId }) };
    const oauth = new OAuth2(metadata, context, quietLogger);
    const state = crypto.randomUUID();
    remember({ homeserver, roomId, state, oauth: oauth.context });
    location.assign(await oauth.generateAuthorizationCodeGrantUrl(state, page));
  } catch (error) {
    throw loginErrorOf(error);
  }
};

/**
 * Ends what one of the two began. Only what this tab began counts: else somebody could send a link
 * that logs people in as somebody else.
 */
export const comeBack = async (returned: Returned, deviceName: string): Promise<Back> => {
  const pending = recall();
  if (pending === null) throw new LoginError("SENT_BACK");
  const { homeserver, roomId } = pending;
  if (returned.state !== pending.state) throw new LoginError("SENT_BACK");
  switch (returned.tag) {
    case "token":
      return {
        roomId,
        session: await loggedIn(homeserver, {
          type: "m.login.token",
          token: returned.token,
          initial_device_display_name: deviceName,
          ...(pending.deviceId !== undefined && { device_id: pending.deviceId }),
        }),
      };
    case "code": {
      if (pending.oauth === undefined) throw new LoginError("SENT_BACK");
      return { roomId, session: await exchange(homeserver, pending.oauth, returned.code) };
    }
    case "failed":
      throw new LoginError("CANCELLED", returned.detail);
  }
};

const exchange = async (
  homeserver: string,
  { clientId, deviceId, codeVerifier }: NonNullable<Pending["oauth"]>,
  code: string,
): Promise<MatrixSession> => {
  try {
    const metadata = await clientOf(homeserver).getAuthMetadata();
    const oauth = new OAuth2(metadata, { clientId, deviceId, codeVerifier }, quietLogger);
    const given = await oauth.completeAuthorizationCodeGrant(code, ownAddress());
    const { access_token: accessToken, refresh_token: refreshToken } = given;
    const who = await createClient({
      baseUrl: homeserver,
      accessToken,
      logger: quietLogger,
      disableVoip: true,
    }).whoami();
    return {
      homeserver,
      userId: who.user_id,
      deviceId: who.device_id ?? deviceId,
      accessToken,
      oauthClientId: clientId,
      ...(refreshToken !== undefined && { refreshToken }),
    };
  } catch (error) {
    throw loginErrorOf(error);
  }
};

const loggedIn = async (
  homeserver: string,
  request: Parameters<MatrixClient["loginRequest"]>[0],
): Promise<MatrixSession> => {
  try {
    const answer = await clientOf(homeserver).loginRequest(request);
    return {
      homeserver,
      userId: answer.user_id,
      deviceId: answer.device_id,
      accessToken: answer.access_token,
    };
  } catch (error) {
    throw loginErrorOf(error);
  }
};

const loginErrorOf = (error: unknown): LoginError => {
  if (error instanceof LoginError) return error;
  if (error instanceof MatrixError)
    return loginFailure(error.httpStatus ?? 0, error.errcode ?? "", error.data.error ?? "");
  if (error instanceof HTTPError) return loginFailure(error.httpStatus ?? 0, "", error.message);
  return error instanceof Error && error.name === "ConnectionError"
    ? new LoginError("UNREACHABLE")
    : new LoginError("UNEXPECTED", error instanceof Error ? error.message : "");
};

const ownAddress = (): string => location.origin + location.pathname;

const remember = (pending: Pending): void =>
  sessionStorage.setItem(PENDING, JSON.stringify(pending));

const recall = (): Pending | null => {
  const kept = sessionStorage.getItem(PENDING);
  sessionStorage.removeItem(PENDING);
  const pending = v.safeParse(PendingSchema, JSON.parse(kept ?? "null"));
  return pending.success ? pending.output : null;
};
