/** Logging in to a homeserver: what it offers, and what may go wrong. */

export type LoginWays = {
  password: boolean;
  /** By the homeserver's own pages (MSC2965); it then offers nothing else. */
  oauth: boolean;
  sso: readonly SsoProvider[];
};

export type SsoProvider = {
  /** null: the homeserver lets the person choose. */
  id: string | null;
  name: string;
};

export type LoginFailure =
  | "WRONG_PASSWORD"
  | "DEACTIVATED"
  | "TOO_OFTEN"
  | "UNREACHABLE"
  | "NOT_OFFERED"
  | "SENT_BACK"
  | "CANCELLED"
  | "UNEXPECTED";

export class LoginError extends Error {
  override readonly name = "LoginError";
  readonly failure: LoginFailure;
  /** In the server's words; may be empty. */
  readonly detail: string;

  constructor(failure: LoginFailure, detail = "") {
    super(detail || failure);
    this.failure = failure;
    this.detail = detail;
  }
}

/** What a homeserver's refusal means; `status` is 0 if it did not answer at all. */
export const loginFailure = (status: number, errcode: string, error: string): LoginError => {
  if (status === 0) return new LoginError("UNREACHABLE");
  switch (errcode) {
    case "M_USER_DEACTIVATED":
      return new LoginError("DEACTIVATED");
    case "M_LIMIT_EXCEEDED":
      return new LoginError("TOO_OFTEN");
    case "M_FORBIDDEN":
      return new LoginError("WRONG_PASSWORD");
    case "M_UNKNOWN_TOKEN":
      return new LoginError("SENT_BACK");
    default:
      return status >= 502 && status <= 504
        ? new LoginError("UNREACHABLE")
        : new LoginError("UNEXPECTED", error);
  }
};

/** What came back in the address from a page where the person logged in. */
export type Returned =
  | { tag: "token"; token: string; state: string }
  | { tag: "code"; code: string; state: string }
  | { tag: "failed"; state: string; detail: string };

/** SSO answers in the query, beside the state that we put there; OAuth in the fragment. null: nobody came back. */
export const returnedIn = (search: string, hash: string): Returned | null => {
  const query = new URLSearchParams(search);
  const token = query.get("loginToken");
  if (token !== null && token !== "")
    return { tag: "token", token, state: query.get("state") ?? "" };
  const fields = new URLSearchParams(hash.replace(/^#/u, ""));
  const state = fields.get("state") ?? "";
  const code = fields.get("code");
  if (state === "") return null;
  if (code !== null && code !== "") return { tag: "code", code, state };
  const error = fields.get("error");
  if (error === null) return null;
  return { tag: "failed", state, detail: fields.get("error_description") ?? error };
};
