import type { ParticipantView } from "./model";

/** In the list: by name, so that nobody jumps about while people talk. */
export const byName = (
  people: readonly ParticipantView[],
  locale?: string,
): readonly ParticipantView[] =>
  [...people].sort(
    (a, b) =>
      a.name.localeCompare(b.name, locale, { sensitivity: "base" }) ||
      a.identity.localeCompare(b.identity),
  );

/** On the stage: cameras first, then by arrival, and oneself last. */
export const forStage = (people: readonly ParticipantView[]): readonly ParticipantView[] =>
  [...people].sort(
    (a, b) =>
      Number(a.isLocal) - Number(b.isLocal) ||
      Number(b.camera) - Number(a.camera) ||
      a.joinedAt - b.joinedAt ||
      a.identity.localeCompare(b.identity),
  );
