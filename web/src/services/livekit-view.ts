/** LiveKit's participants as the client's own plain values. */
import { ConnectionQuality, type Participant, Track } from "livekit-client";
import type { ParticipantView, Quality, RoomSnapshot } from "../lib/model";
import { heldOf, personOf } from "../lib/roster";

export const DEAFENED = "io.haos.voice.deafened";
export const HAND = "io.haos.voice.hand";

export const viewOf = (participant: Participant, room: RoomSnapshot | null): ParticipantView => {
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
    version: [...participant.videoTrackPublications.values()]
      .map(({ trackSid, videoTrack }) => (videoTrack === undefined ? "" : trackSid))
      .join(),
  };
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
