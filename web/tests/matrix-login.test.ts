import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { comeBack, leaveForOAuth, leaveForSso, waysOf } from "../src/services/matrix/login";
import { createStatus } from "../src/services/matrix/status";

/** In the shapes of MSC2964 to 2966; a real server is in tests/web/standalone/test_oauth.py. */
const METADATA = {
  issuer: "https://account.hs/",
  authorization_endpoint: "https://account.hs/authorize",
  token_endpoint: "https://account.hs/token",
  registration_endpoint: "https://account.hs/register",
  revocation_endpoint: "https://account.hs/revoke",
  response_types_supported: ["code"],
  response_modes_supported: ["query", "fragment"],
  grant_types_supported: ["authorization_code", "refresh_token"],
  code_challenge_methods_supported: ["S256"],
};

let asked: { path: string; body: string }[] = [];
let gone = "";
let withOAuth = true;

const answer = (path: string): [number, unknown] => {
  switch (path) {
    case "/_matrix/client/versions":
      return [200, { versions: ["v1.15"] }];
    case "/_matrix/client/v1/auth_metadata":
      return withOAuth ? [200, METADATA] : [404, { errcode: "M_UNRECOGNIZED", error: "no" }];
    case "/_matrix/client/v3/login":
      // A homeserver that leaves logins to another server may have none of its own.
      if (withOAuth) return [404, { errcode: "M_UNRECOGNIZED", error: "no" }];
      return [200, { flows: [{ type: "m.login.password" }, { type: "m.login.sso" }] }];
    case "/register":
      return [201, { client_id: "ours" }];
    case "/token":
      return [200, { access_token: "at", refresh_token: "rt", token_type: "Bearer" }];
    case "/_matrix/client/v3/account/whoami":
      return [200, { user_id: "@ana:hs", device_id: "DEV" }];
    default:
      return [404, { errcode: "M_UNRECOGNIZED", error: path }];
  }
};

beforeEach(() => {
  asked = [];
  gone = "";
  withOAuth = true;
  sessionStorage.clear();
  vi.stubGlobal("location", {
    origin: "https://voice.hs",
    pathname: "/",
    assign: (url: string) => {
      gone = url;
    },
  });
  vi.stubGlobal("fetch", async (resource: URL | string, options?: RequestInit) => {
    const { pathname } = new URL(resource);
    const { body } = options ?? {};
    asked.push({ path: pathname, body: body instanceof URLSearchParams ? body.toString() : "" });
    const [status, content] = answer(pathname);
    return Promise.resolve(Response.json(content, { status }));
  });
});
afterEach(() => vi.unstubAllGlobals());

describe("logging in on the homeserver's own pages", () => {
  it("is the only way where the homeserver has OAuth", async () => {
    expect(await waysOf("https://hs")).toEqual({ oauth: true, password: false, sso: [] });
    withOAuth = false;
    const ways = { oauth: false, password: true, sso: [{ id: null, name: "" }] };
    expect(await waysOf("https://hs")).toEqual(ways);
  });

  it("goes there with a challenge, and exchanges the code that comes back", async () => {
    await leaveForOAuth("https://hs", "Voice", { roomId: "!r:hs" });
    const url = new URL(gone);
    expect(url.origin + url.pathname).toBe("https://account.hs/authorize");
    const query = Object.fromEntries(url.searchParams);
    expect(query).toMatchObject({
      client_id: "ours",
      redirect_uri: "https://voice.hs/",
      response_mode: "fragment",
      code_challenge_method: "S256",
    });
    const state = query["state"] ?? "";
    const { session, roomId } = await comeBack({ tag: "code", code: "c", state }, "Voice");
    expect(roomId).toBe("!r:hs");
    expect(session).toMatchObject({
      userId: "@ana:hs",
      deviceId: "DEV",
      accessToken: "at",
      refreshToken: "rt",
      oauthClientId: "ours",
    });
    const sent = new URLSearchParams(asked.find(({ path }) => path === "/token")?.body);
    expect(sent.get("code")).toBe("c");
    expect(sent.get("code_verifier")?.length).toBeGreaterThan(42);
  });

  it("takes nothing that this tab did not ask for, and nothing twice", async () => {
    const code = { tag: "code", code: "c", state: "s" } as const;
    const refused = { failure: "SENT_BACK" };
    const token = { tag: "token", token: "t", state: "s" } as const;
    await expect(comeBack(token, "Voice")).rejects.toMatchObject(refused);
    await leaveForOAuth("https://hs", "Voice", { roomId: null });
    await expect(comeBack(code, "Voice")).rejects.toMatchObject(refused);
    leaveForSso("https://hs", "gh", { roomId: null });
    expect(gone).toContain(
      "/login/sso/redirect/gh?redirectUrl=https%3A%2F%2Fvoice.hs%2F%3Fstate%3D",
    );
    // Somebody else's token, while ours is on its way.
    await expect(comeBack(token, "Voice")).rejects.toMatchObject(refused);
    await expect(comeBack(code, "Voice")).rejects.toMatchObject(refused);
    await expect(comeBack(code, "Voice")).rejects.toMatchObject(refused);
    expect(asked.some(({ path }) => path === "/token")).toBe(false);
  });

  it("goes on with the device of a session that lapsed", async () => {
    await leaveForOAuth("https://hs", "Voice", { roomId: null, deviceId: "OLD" });
    expect(new URL(gone).searchParams.get("scope")).toContain("urn:matrix:client:device:OLD");
  });
});

describe("the status while in voice", () => {
  const world = () => {
    const server = { status: "gardening" };
    const authedRequest = async (_: string, __: string, ___?: unknown, body?: unknown) => {
      if (body !== undefined) server.status = (body as { status_msg: string }).status_msg;
      return Promise.resolve({ status_msg: server.status });
    };
    const client = { getSafeUserId: () => "@ana:hs", http: { authedRequest } };
    const open = () => createStatus(client as never, localStorage);
    const settled = async () => new Promise((resolve) => setTimeout(resolve, 0));
    return { server, open, settled };
  };
  beforeEach(() => localStorage.clear());

  it("is what it was before, also after another channel and a page that ended", async () => {
    const { server, open, settled } = world();
    const status = open();
    status.show("In voice: Attic");
    status.show("In voice: Barn");
    await settled();
    expect(server.status).toBe("In voice: Barn");
    await open().clear();
    expect(server.status).toBe("gardening");
  });

  it("stays as the person set it meanwhile", async () => {
    const { server, open, settled } = world();
    const status = open();
    status.show("In voice: Attic");
    await settled();
    server.status = "back at nine";
    await status.clear();
    expect(server.status).toBe("back at nine");
  });

  it("does not outlast a call that ends at once", async () => {
    const { server, open } = world();
    const status = open();
    status.show("In voice: Attic");
    await status.clear();
    expect(server.status).toBe("gardening");
  });
});
