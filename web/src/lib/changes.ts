import type { ParticipantView } from "./model";

export type Change =
  | { kind: "joined" | "left" | "sharing" | "stopped-sharing" | "hand"; name: string; own: boolean }
  | { kind: "note"; text: string; own: boolean };

/** What became different between two looks at the people in a call. */
export const changesOf = (
  before: readonly ParticipantView[],
  after: readonly ParticipantView[],
): readonly Change[] => {
  const old = new Map(before.map((person) => [person.identity, person]));
  const changes: Change[] = [];
  for (const person of after) {
    const was = old.get(person.identity);
    const about = { name: person.name, own: person.isLocal };
    if (was === undefined) changes.push({ kind: "joined", ...about });
    if (person.screen && was?.screen !== true) changes.push({ kind: "sharing", ...about });
    if (!person.screen && was?.screen === true) changes.push({ kind: "stopped-sharing", ...about });
    if (person.hand && was?.hand === false) changes.push({ kind: "hand", ...about });
    old.delete(person.identity);
  }
  for (const gone of old.values())
    changes.push({ kind: "left", name: gone.name, own: gone.isLocal });
  return changes;
};
