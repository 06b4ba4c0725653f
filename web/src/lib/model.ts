/** What the client talks about: plain values, shared by all layers. Times are ms since the epoch. */

type Channel = {
  enabled: boolean;
  /** Participants at most; 0 means no limit. */
  userLimit: number;
  /** Audio, bit/s. */
  bitrate: number;
  status: string;
  locked: boolean;
  /** Sound and pictures are encrypted from end to end. */
  mediaEncryption: boolean;
};

export type RosterEntry = {
  userId: string;
  deviceId: string;
  /** What LiveKit calls the device, where that is not `userId:deviceId`. */
  identities?: readonly string[];
  joinedAt: number;
  muted: boolean;
  deafened: boolean;
  video: boolean;
  screen: boolean;
  hand: boolean;
  /** A moderator's doing. */
  held?: Held;
};

/** What a moderator holds somebody to, on all of their devices, until it is undone. */
export type Held = { muted: boolean; deafened: boolean };

export type Call = {
  callId: string;
  startedAt: number;
  startedBy: string;
  count: number;
  roster: readonly RosterEntry[];
};

export type RoomSnapshot = {
  roomId: string;
  name: string;
  channel: Channel;
  call: Call | null;
  /** Display names by user ID. */
  names: Readonly<Record<string, string>>;
  /** Addresses of their pictures (mxc) by user ID, where the host can get them; "": none. */
  pictures?: Readonly<Record<string, string>>;
  /** User IDs by identities in the call that do not tell them; where they are known. */
  owners?: Readonly<Record<string, string>>;
  mayModerate: boolean;
};

export type Session = { roomId: string; userId: string; deviceId: string; name: string };

/** Our own part in a call, as others shall see it; not connected while we try to come back. */
export type OwnCall = { roomId: string; connected: boolean; video: boolean };

/** Why clients of MatrixRTC do not see us in the call that we are in; null: they do, or we are in none. */
export type Unseen = "transport" | "refused" | "moved" | null;

export type CallToken = {
  url: string;
  jwt: string;
  identity: string;
  callId: string;
  /** The call is encrypted from end to end, as the bridge says. */
  encrypts: boolean;
};

/** A moderator put us into another room: the way in comes with the order. */
export type Move = CallToken & { roomId: string; name: string };

export type PastCall = {
  callId: string;
  startedAt: number;
  endedAt: number | null;
  startedBy: string;
  peak: number;
  people: readonly { userId: string; name: string; seconds: number }[];
};

export type Quality = "good" | "fair" | "poor" | "lost" | "unknown";

/**
 * Of what somebody sends: encrypted from end to end and opened here; "open" is not encrypted in a
 * call that else is; "waiting" has a key that we lack. "none": in no such call, or nothing is sent.
 */
export type MediaSeal = "none" | "sealed" | "open" | "waiting";

export type ParticipantView = {
  identity: string;
  userId: string;
  name: string;
  isLocal: boolean;
  muted: boolean;
  deafened: boolean;
  held: Held;
  hand: boolean;
  camera: boolean;
  screen: boolean;
  quality: Quality;
  joinedAt: number;
  media: MediaSeal;
  /** Another value when the video tracks are others: whoever shows them attaches them anew. */
  version: string;
};

export type ModeratorAction = "mute" | "unmute" | "deafen" | "undeafen" | "kick" | "move";

export type VideoSource = "camera" | "screen";
