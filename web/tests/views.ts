import type { ParticipantView } from "../src/lib/model";

/** Somebody in a call. */
export const view = (name: string, change: Partial<ParticipantView> = {}): ParticipantView => ({
  identity: `@${name}:hs:DEV`,
  userId: `@${name}:hs`,
  name,
  isLocal: false,
  muted: false,
  deafened: false,
  held: { muted: false, deafened: false },
  hand: false,
  camera: false,
  screen: false,
  quality: "good",
  joinedAt: 0,
  media: "none",
  version: "",
  ...change,
});
