/** One's own media, as the person sees it. */
export type MicrophoneTrouble = "denied" | "missing" | "busy" | "lost";

export type MicrophoneState =
  { tag: "off" } | { tag: "asking" } | { tag: "live" } | { tag: "failed"; why: MicrophoneTrouble };

export type Rights = { speak: boolean; camera: boolean; screen: boolean; hear: boolean };

export type LocalMedia = {
  microphone: MicrophoneState;
  muted: boolean;
  deafened: boolean;
  hand: boolean;
  camera: boolean;
  screen: boolean;
  rights: Rights;
  mutedByModerator: boolean;
};

export const ALL_RIGHTS: Rights = { speak: true, camera: true, screen: true, hear: true };

export const NO_MEDIA: LocalMedia = {
  microphone: { tag: "off" },
  muted: false,
  deafened: false,
  hand: false,
  camera: false,
  screen: false,
  rights: ALL_RIGHTS,
  mutedByModerator: false,
};
