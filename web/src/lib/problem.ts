/** Everything that can stand between a person and the call, and whether trying again may help. */

export const PROBLEMS = [
  "FULL",
  "LOCKED",
  "FORBIDDEN",
  "BANNED",
  "NOT_A_MEMBER",
  "NOT_A_CHANNEL",
  "RATE_LIMITED",
  "SFU_UNAVAILABLE",
  "ENCRYPTED",
  "KEYS_REFUSED",
  "CANNOT_ENCRYPT",
  "LINK_SPENT",
  "SESSION_ENDED",
  "UNREACHABLE",
  "NO_ANSWER",
  "UNEXPECTED",
] as const;

export type ProblemCode = (typeof PROBLEMS)[number];

export type Problem = {
  code: ProblemCode;
  /** What the server said, in its words; may be empty. */
  detail: string;
  /** How long the server asks to wait; 0 if it does not. */
  retryAfterMs: number;
};

export const problem = (code: ProblemCode, detail = "", retryAfterMs = 0): Problem => ({
  code,
  detail,
  retryAfterMs,
});

/** Carries a problem through a rejected promise. */
export class VoiceError extends Error {
  override readonly name = "VoiceError";
  readonly problem: Problem;

  constructor(what: Problem) {
    super(what.detail || what.code);
    this.problem = what;
  }
}

export const problemOf = (error: unknown): Problem =>
  error instanceof VoiceError
    ? error.problem
    : problem("UNEXPECTED", error instanceof Error ? error.message : String(error));

/** Only what passes by itself is tried again; the rest needs the person, or somebody else. */
export const passesByItself = (what: Problem): boolean => {
  switch (what.code) {
    case "RATE_LIMITED":
    case "SFU_UNAVAILABLE":
    case "UNREACHABLE":
    case "NO_ANSWER":
    case "UNEXPECTED":
      return true;
    case "FULL":
    case "LOCKED":
    case "FORBIDDEN":
    case "BANNED":
    case "NOT_A_MEMBER":
    case "NOT_A_CHANNEL":
    case "ENCRYPTED":
    case "KEYS_REFUSED":
    case "CANNOT_ENCRYPT":
    case "LINK_SPENT":
    case "SESSION_ENDED":
      return false;
  }
};
