import { text } from "./en";

/** What the mark of the call means; loads when somebody asks. */
export const encryption = {
  meaning: {
    sealed:
      "Only the people in this call can hear and see it. The servers in between pass on what they cannot open. Keys change when somebody joins or leaves.",
    partly:
      "What you send is encrypted from end to end, and so is what most others send. But somebody here sends in clear, so the call’s server could hear and see them.",
    open: "What you say and show is encrypted on the way to the call’s server, but that server could hear and see it. It is encrypted from end to end in rooms that are encrypted, unless a moderator switched that off.",
  },
  inClear: (names: readonly string[]) => `In clear: ${text.list(names)}.`,
  known:
    "Encryption keeps servers out. It does not prove who somebody is: verify people in your Matrix client.",
} as const;
