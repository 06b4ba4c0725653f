import type { LoginFailure } from "../lib/login";

/** What people read in the client on its own; loaded only there. */

type Failure = LoginFailure | "ENDED" | "LAPSED" | "NOT_ENDED_THERE";

const failures: Record<Failure, { title: string; help: string }> = {
  WRONG_PASSWORD: {
    title: "The user name or the password is wrong",
    help: "Check both, and that this is the server of your account.",
  },
  DEACTIVATED: { title: "This account was deactivated", help: "Ask the admin of your server." },
  TOO_OFTEN: { title: "Too many tries", help: "Wait a minute, then try again." },
  UNREACHABLE: {
    title: "The server does not answer",
    help: "Check that you are online, then try again.",
  },
  NOT_OFFERED: {
    title: "This server offers no way to log in here",
    help: "Its admin can say how people log in.",
  },
  SENT_BACK: {
    title: "That login did not begin here, or is too old",
    help: "Log in again from this page.",
  },
  CANCELLED: {
    title: "You were not logged in",
    help: "The server’s page said no, or you went back.",
  },
  UNEXPECTED: { title: "Something went wrong", help: "Try again; if it stays, tell the admin." },
  ENDED: {
    title: "You were logged out",
    help: "This session was ended somewhere else, or it expired. Log in again.",
  },
  LAPSED: {
    title: "Your session has expired",
    help: "If you were in a call, you have left it. Log in again, and all is as it was.",
  },
  NOT_ENDED_THERE: {
    title: "You are logged out here, but the server did not answer",
    help: "Nothing is left in this browser. End the session in another client, too:",
  },
};

export const words = {
  failures,
  deviceName: (browser: string) => `Voice (${browser})`,
  inVoice: (channel: string) => `In voice: ${channel}`,
  stayed: (why: string) => `You stay where you are: ${why}`,
  notDone: "That did not work. Try again.",

  starting: "Starting…",
  loading: "Loading your rooms…",
  offline: "Your homeserver does not answer. Trying again…",
  elsewhere: {
    title: "Voice is open in another tab",
    help: "One tab at a time can be you. A call in the other tab ends.",
    action: "Use it here",
  },
  insecure: {
    title: "This page needs https",
    help: "Browsers allow a microphone and keys only on pages that come by https. Ask the admin for the right address.",
  },
  failed: "The page could not start",

  login: {
    title: "Log in",
    intro: "Voice channels for your Matrix rooms.",
    homeserver: "Homeserver",
    on: (server: string) => `With your account on ${server}`,
    user: "User name",
    userHint: "The part before the colon, or all of it: @ana:example.com",
    password: "Password",
    show: "Show the password",
    submit: "Log in",
    busy: "Logging in…",
    asking: "Asking the server how people log in…",
    or: "or",
    sso: "Continue with single sign-on",
    ssoWith: (name: string) => `Continue with ${name}`,
    oauth: (server: string) => `Continue to ${server}`,
    oauthHelp: "You log in on your server’s own page, and come back here.",
    forget: "Log in as somebody else",
    forgetHelp: (user: string) =>
      `Then what this browser keeps of ${user} is deleted: rooms, and keys of encrypted messages.`,
    link: "No need to log in with a link: type “!voice join” in a room, and the bot sends you one.",
  },

  logout: {
    action: "Log out",
    title: "Log out?",
    help: "You leave the call. Messages of encrypted rooms that only this browser has the keys of cannot be read here again.",
    submit: "Log out",
  },

  rooms: {
    navigation: "Rooms",
    spaces: "Spaces",
    all: "All rooms",
    voice: "Voice channels",
    text: "Rooms",
    invites: "Invitations",
    none: "No rooms here yet",
    noneHelp: "Join or create rooms with your Matrix client; they appear here at once.",
    noVoice: "No voice channels here. A moderator makes one by typing “!voice enable” in a room.",
    open: "Show rooms",
    close: "Close",
    unread: (count: number) => (count === 1 ? "1 new message" : `${count} new messages`),
    calls: (count: number) => (count === 1 ? "a call is on" : `${count} calls are on`),
    news: "something is new",
    encrypted: "encrypted",
    invitedBy: (name: string) => `Invited by ${name}`,
    accept: "Join",
    decline: "Decline",
  },

  channel: {
    join: "opens the channel",
    move: "moves you there",
    chat: (name: string) => `Messages of ${name}`,
    here: "you are here",
    entering: "joining",
    more: (count: number) => `and ${count} more`,
  },

  welcome: {
    title: "Welcome",
    help: "Pick a voice channel to talk, or a room to write.",
    browse: "Show rooms",
  },

  chat: {
    title: "Messages",
    show: "Show messages",
    hide: "Hide messages",
    empty: "Nothing was said here yet",
    loading: "Loading messages…",
    older: "Load older messages",
    failed: "Older messages could not be loaded",
    write: (name: string) => `Message ${name}`,
    send: "Send",
    news: {
      said: (name: string, body: string) => `${name}: ${body}`,
      many: (count: number, lastBy: string) => `${count} new messages, the last from ${lastBy}`,
      something: "something that is not text",
    },
    reply: (name: string) => `Reply to ${name}`,
    replying: (name: string) => `Replying to ${name}`,
    noReply: "Do not reply",
    unknownReply: "A message from before",
    edited: "edited",
    redacted: "Message deleted",
    unreadable: "This message cannot be read here: the keys are with your other sessions.",
    openIn: "Open in Matrix",
    attachment: "Attachment",
    sending: "sending",
    notSent: "Not sent",
    again: "Try again",
    discard: "Discard",
    mayNotWrite: {
      rights: "You may read here, but not write.",
      keys: "Writing in encrypted rooms does not work in this browser.",
    },
  },
} as const;
