import type { LoginFailure } from "./login";
import type { Problem } from "./problem";
import type { Site } from "./site";

/** How far the client on its own has come. */
export type Phase =
  | { tag: "starting" }
  /** Logged in; the rooms are on their way. */
  | { tag: "loading" }
  /** `user`: whose session lapsed, and goes on when they log in. */
  | { tag: "login"; site: Site; trouble: Trouble | null; user: string | null }
  /** Another page has the account. */
  | { tag: "elsewhere" }
  | { tag: "failed"; problem: Problem }
  /** Keys need a page that came by https. */
  | { tag: "insecure" }
  | { tag: "open"; userId: string; deviceId: string };

/** What to say above the login: why it failed, or why it is needed again. */
export type Trouble = {
  why: LoginFailure | "ENDED" | "LAPSED" | "NOT_ENDED_THERE";
  detail: string;
};
