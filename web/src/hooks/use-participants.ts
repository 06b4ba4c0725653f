import { useParticipants as useRoomParticipants } from "@livekit/components-react";
import { isInside } from "../lib/connection";
import type { ParticipantView } from "../lib/model";
import { isNobody, peopleOf } from "../lib/roster";
import { IDLE_ROOM, viewOf } from "../services/livekit";
import { useVoiceStore, type VoiceState } from "../stores/voice-store";
import { useMediaRoom } from "./use-media-room";

/** Who is in the call: from the call itself while we are in it, else as the room tells it. */
export const useParticipants = (): readonly ParticipantView[] => {
  const media = useMediaRoom();
  const room = useVoiceStore((state) => state.room);
  const sealed = useVoiceStore((state) => state.sealed);
  const waitingFor = useVoiceStore((state) => state.waitingFor);
  const own = useVoiceStore(ownIdentity);
  const participants = useRoomParticipants({ room: media?.room ?? IDLE_ROOM });
  if (media === null) return peopleOf(room, own);
  return participants
    .filter(
      ({ identity, trackPublications }) =>
        identity !== "" && !isNobody(room, identity, trackPublications.size),
    )
    .map((participant) => viewOf(participant, room, { inSealed: sealed !== null, waitingFor }));
};

/** How the room knows us while we are on the way back into the call. */
const ownIdentity = ({ access, connection }: VoiceState): string | undefined =>
  isInside(connection) && access.tag === "open"
    ? `${access.session.userId}:${access.session.deviceId}`
    : undefined;

/** Whether somebody speaks right now; only the one tile is drawn again. */
export const useSpeaking = (identity: string): boolean =>
  useVoiceStore((state) => state.speaking.has(identity));
