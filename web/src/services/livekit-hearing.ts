/** The others' voices: attached, at the volume of each person, and measured for the rings. */
import {
  RemoteAudioTrack,
  type RemoteParticipant,
  type RemoteTrack,
  type RemoteTrackPublication,
  type Room,
  RoomEvent,
  Track,
} from "livekit-client";
import { userIdOf } from "../lib/identity";
import { decibels } from "../lib/level";

export type Hearing = {
  /** 0 to 2, by user ID; applied to all there are and to all that come. */
  setVolumes: (volumeOf: (userId: string) => number) => void;
  /** How loud each other microphone is before our own volume, dBFS by identity. */
  levels: () => ReadonlyMap<string, number>;
  end: () => void;
};

type Meter = { node: AnalyserNode; samples: Float32Array<ArrayBuffer>; identity: string };

export const createHearing = (room: Room, context: AudioContext): Hearing => {
  const meters = new Map<string, Meter>();
  let volumeOf: (userId: string) => number = () => 1;
  // Safari plays only what is in the page.
  const shelf = document.createElement("div");
  shelf.hidden = true;
  document.body.append(shelf);

  const setVolume = (participant: RemoteParticipant) => {
    const volume = volumeOf(userIdOf(participant.identity));
    participant.setVolume(volume, Track.Source.Microphone);
    participant.setVolume(volume, Track.Source.ScreenShareAudio);
  };

  const onSubscribed = (
    track: RemoteTrack,
    publication: RemoteTrackPublication,
    participant: RemoteParticipant,
  ) => {
    if (!(track instanceof RemoteAudioTrack)) return;
    if (publication.source === Track.Source.Microphone) {
      const node = new AnalyserNode(context, { fftSize: 1024 });
      meters.set(publication.trackSid, {
        node,
        samples: new Float32Array(node.fftSize),
        identity: participant.identity,
      });
      track.setWebAudioPlugins([node]);
    }
    shelf.append(track.attach());
    setVolume(participant);
  };

  const onUnsubscribed = (track: RemoteTrack, publication: RemoteTrackPublication) => {
    if (track.kind !== Track.Kind.Audio) return;
    meters.delete(publication.trackSid);
    track.detach().forEach((element) => element.remove());
  };

  room.on(RoomEvent.TrackSubscribed, onSubscribed);
  room.on(RoomEvent.TrackUnsubscribed, onUnsubscribed);

  return {
    setVolumes: (next) => {
      volumeOf = next;
      room.remoteParticipants.forEach(setVolume);
    },
    levels: () => {
      const found = new Map<string, number>();
      for (const { node, samples, identity } of meters.values()) {
        node.getFloatTimeDomainData(samples);
        found.set(identity, decibels(samples));
      }
      return found;
    },
    end: () => {
      meters.clear();
      shelf.remove();
    },
  };
};
