import type { ParticipantView, VideoSource } from "./model";
import { forStage } from "./order";

export type Tile = { person: ParticipantView; source: VideoSource };

export type Stage = { spotlight: Tile | null; others: readonly Tile[] };

const isSame = (tile: Tile, other: { identity: string; source: VideoSource } | null): boolean =>
  tile.person.identity === other?.identity && tile.source === other.source;

/** What is large and what is small: the pinned one, else a screen that somebody else shares. */
export const stageOf = (
  people: readonly ParticipantView[],
  pin: { identity: string; source: VideoSource } | null,
): Stage => {
  const ordered = forStage(people);
  const screens: Tile[] = ordered
    .filter(({ screen }) => screen)
    .map((person) => ({ person, source: "screen" }));
  const faces: Tile[] = ordered.map((person) => ({ person, source: "camera" }));
  const all = [...screens, ...faces];
  const spotlight =
    all.find((tile) => isSame(tile, pin)) ??
    screens.find(({ person }) => !person.isLocal) ??
    screens[0] ??
    null;
  return { spotlight, others: all.filter((tile) => tile !== spotlight) };
};
