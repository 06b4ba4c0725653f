/** LiveKit's participants as the client's own plain values. */
import { ConnectionQuality, type Participant, Track } from "livekit-client";
import type { MediaSeal, ParticipantView, Quality, RoomSnapshot } from "../lib/model";
import { heldOf, personOf } from "../lib/roster";

export const DEAFENED = "io.haos.voice.deafened";
export const HAND = "io.haos.voice.hand";

export type Sealed = {
  /** In a call where media is encrypted from end to end, at least by some. */
  inSealed: boolean;
  waitingFor: ReadonlySet<string>;
};

export const viewOf = (
  participant: Participant,
  room: RoomSnapshot | null,
  sealed: Sealed,
): ParticipantView => {
  const person = personOf(room, participant.identity, participant.name ?? "");
  const has = (source: Track.Source) => {
    const publication = participant.getTrackPublication(source);
    return publication !== undefined && !publication.isMuted;
  };
  return {
    identity: participant.identity,
    ...person,
    isLocal: participant.isLocal,
    muted: !has(Track.Source.Microphone),
    deafened: participant.attributes[DEAFENED] === "true",
    held: heldOf(room, person.userId),
    hand: participant.attributes[HAND] === "true",
    camera: has(Track.Source.Camera),
    screen: has(Track.Source.ScreenShare),
    quality: qualityOf(participant.connectionQuality),
    joinedAt: participant.joinedAt?.getTime() ?? 0,
    media: sealOf(participant, sealed),
    version: [...participant.videoTrackPublications.values()]
      .map(({ trackSid, videoTrack }) => (videoTrack === undefined ? "" : trackSid))
      .join(),
  };
};

const sealOf = (participant: Participant, { inSealed, waitingFor }: Sealed): MediaSeal => {
  if (!inSealed || participant.trackPublications.size === 0) return "none";
  if (!participant.isEncrypted) return "open";
  return waitingFor.has(participant.identity) ? "waiting" : "sealed";
};

const qualityOf = (quality: ConnectionQuality): Quality => {
  switch (quality) {
    case ConnectionQuality.Excellent:
      return "good";
    case ConnectionQuality.Good:
      return "fair";
    case ConnectionQuality.Poor:
      return "poor";
    case ConnectionQuality.Lost:
      return "lost";
    case ConnectionQuality.Unknown:
      return "unknown";
  }
};
