/** WebRTC's counters, summed up for each participant. */
import { LocalTrack, type Participant, RemoteTrack, type Room } from "livekit-client";
import type { Counters } from "../lib/network";

/** By identity. For others: what comes from them; for oneself: what is sent. */
export const countersOf = async (room: Room): Promise<ReadonlyMap<string, Counters>> => {
  const people: Participant[] = [room.localParticipant, ...room.remoteParticipants.values()];
  const counted = await Promise.all(
    people.map(async (person) => [person.identity, await count(person)] as const),
  );
  return new Map(counted);
};

type Entry = {
  type: string;
  packetsReceived?: number;
  packetsSent?: number;
  packetsLost?: number;
  bytesReceived?: number;
  bytesSent?: number;
  jitter?: number;
  roundTripTime?: number;
  currentRoundTripTime?: number;
  nominated?: boolean;
};

const count = async (participant: Participant): Promise<Counters> => {
  const total: Counters = {
    at: performance.now(),
    packets: 0,
    lost: 0,
    bytes: 0,
    jitter: null,
    roundTrip: null,
  };
  for (const { track } of participant.trackPublications.values()) {
    if (!(track instanceof LocalTrack || track instanceof RemoteTrack)) continue;
    const report = await track.getRTCStatsReport();
    report?.forEach((entry: Entry) => add(total, entry));
  }
  return total;
};

const add = (total: Counters, entry: Entry): void => {
  switch (entry.type) {
    case "inbound-rtp":
      total.packets += entry.packetsReceived ?? 0;
      total.lost += entry.packetsLost ?? 0;
      total.bytes += entry.bytesReceived ?? 0;
      total.jitter = entry.jitter ?? total.jitter;
      break;
    case "outbound-rtp":
      total.packets += entry.packetsSent ?? 0;
      total.bytes += entry.bytesSent ?? 0;
      break;
    case "remote-inbound-rtp":
      total.lost += entry.packetsLost ?? 0;
      total.jitter = entry.jitter ?? total.jitter;
      total.roundTrip = entry.roundTripTime ?? total.roundTrip;
      break;
    case "candidate-pair":
      if (entry.nominated === true) total.roundTrip ??= entry.currentRoundTripTime ?? null;
      break;
    default:
      break;
  }
};
