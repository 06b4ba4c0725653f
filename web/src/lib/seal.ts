/** How a call is encrypted from end to end, in one word. */
import type { ParticipantView } from "./model";

/** "partly": we encrypt, and somebody does not. */
export type CallSeal = "sealed" | "partly" | "open";

/** @param sealed how we take part; null: in a call that is not encrypted from end to end. */
export const sealOfCall = (
  sealed: { sends: boolean } | null,
  people: readonly ParticipantView[],
): CallSeal => {
  if (sealed?.sends !== true) return "open";
  return people.some(({ media }) => media === "open") ? "partly" : "sealed";
};
