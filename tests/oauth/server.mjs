/**
 * An authorization server for a homeserver that leaves logging in to one (MSC3861): `oidc-provider`,
 * and what Synapse calls of Matrix Authentication Service besides OAuth itself: it introspects
 * tokens with a shared secret, and is told of users and devices before their tokens are used.
 *
 *     node server.mjs '{"port": …, "secret": "…", "homeserver": "http://…", "lifetime": 10,
 *                       "known": {"<token>": {"username": "alice", "device_id": "DEV"}}}'
 *
 * `lifetime`: of an access token, in seconds. `known`: tokens from before, which never end. Anybody
 * may log in as anybody. `GET /told` tells what happened, for tests.
 */
import Provider from "oidc-provider";

const { port, secret, homeserver, lifetime, known } = JSON.parse(process.argv[2]);
const issuer = `http://127.0.0.1:${port}/`;
const RESOURCE = `${homeserver}/`;
const DEVICE = "urn:matrix:client:device:";
/** `until`: when the newest access token ends, in seconds since the epoch. */
const told = { refreshes: 0, revoked: [], until: 0 };

/** A device a scope: what is asked for cannot be listed beforehand. */
const scopeOf = ({ oidc }) => {
  const { AuthorizationCode, RefreshToken } = oidc.entities;
  const scope = oidc.params.scope ?? AuthorizationCode?.scope ?? RefreshToken?.scope ?? "";
  const ours = scope.split(" ").filter((one) => one.startsWith("urn:matrix:client:"));
  return ours.join(" ");
};

const deviceOf = (scope) =>
  scope.split(" ").find((one) => one.startsWith(DEVICE))?.slice(DEVICE.length);

const provider = new Provider(issuer, {
  routes: { registration: "/oauth2/registration", token: "/oauth2/token" },
  scopes: [],
  clientBasedCORS: () => true,
  discovery: { account_management_uri: `${issuer}account` },
  features: {
    registration: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => RESOURCE,
      useGrantedResource: () => true,
      getResourceServerInfo: (ctx) => ({
        scope: scopeOf(ctx),
        accessTokenFormat: "opaque",
        accessTokenTTL: lifetime,
      }),
    },
  },
  issueRefreshToken: (_ctx, client) => client.grantTypeAllowed("refresh_token"),
  // As Matrix has it (MSC4254): either token ends the session.
  revokeGrantPolicy: () => true,
  expiresWithSession: () => false,
  findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  cookies: { keys: ["only for tests"] },
});

const tell = async (what, body) => {
  const answer = await fetch(`${homeserver}/_synapse/mas/${what}`, {
    method: "POST",
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${what}: ${answer.status} ${await answer.text()}`);
};

const introspected = async (token) => {
  if (known[token] !== undefined)
    return { active: true, scope: "urn:matrix:client:api:*", ...known[token] };
  const found = await provider.AccessToken.find(token);
  if (!found?.isValid) return { active: false };
  const { accountId, scope, remainingTTL } = found;
  return { active: true, scope, sub: accountId, username: accountId, expires_in: remainingTTL };
};

const readBody = async (request) => {
  let body = "";
  for await (const part of request) body += part;
  return new URLSearchParams(body);
};

provider.use(async (ctx, next) => {
  if (ctx.path === "/told") ctx.body = told;
  else if (ctx.path === "/oauth2/introspect") {
    if (ctx.get("authorization") !== `Bearer ${secret}`) ctx.throw(401);
    ctx.body = await introspected((await readBody(ctx.req)).get("token"));
  } else if (ctx.path === "/oauth2/registration") {
    ctx.set("Access-Control-Allow-Origin", "*");
    ctx.set("Access-Control-Allow-Headers", "content-type");
    if (ctx.method === "OPTIONS") ctx.status = 204;
    else await next();
  } else if (ctx.path === "/oauth2/token") {
    await next();
    const token = ctx.oidc?.entities.AccessToken;
    if (ctx.status !== 200 || token === undefined) return;
    if (ctx.oidc.params.grant_type === "refresh_token") told.refreshes += 1;
    told.until = Date.now() / 1000 + lifetime;
    // Before the client has the token: the homeserver knows whose it is.
    await tell("provision_user", { localpart: token.accountId });
    await tell("upsert_device", {
      localpart: token.accountId,
      device_id: deviceOf(token.scope),
      display_name: ctx.oidc.client.clientName,
    });
  } else await next();
});

provider.on("grant.revoked", (ctx) => {
  const { AccessToken, RefreshToken } = ctx.oidc.entities;
  const token = AccessToken ?? RefreshToken;
  const device_id = deviceOf(token.scope);
  if (ctx.oidc.route !== "revocation" || told.revoked.includes(device_id)) return;
  told.revoked.push(device_id);
  void tell("delete_device", { localpart: token.accountId, device_id });
});
provider.on("server_error", (_ctx, error) => console.error(error));
provider.on("grant.error", (_ctx, error) => console.error(error.message, error.error_detail));
provider.on("registration_create.error", (_ctx, error) => console.error(error.error_description));
provider.on("authorization.error", (_ctx, error) => console.error(error.error_description));

provider.listen(port, "127.0.0.1");
