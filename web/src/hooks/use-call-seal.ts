import type { ParticipantView } from "../lib/model";
import { type CallSeal, sealOfCall } from "../lib/seal";
import { useVoiceStore } from "../stores/voice-store";

/** How the call that we are connected to is encrypted; null while we are in none. */
export const useCallSeal = (people: readonly ParticipantView[]): CallSeal | null => {
  const sealed = useVoiceStore((state) => state.sealed);
  const connected = useVoiceStore(
    ({ connection: { tag } }) => tag === "in" || tag === "reconnecting",
  );
  return connected ? sealOfCall(sealed, people) : null;
};
