import { Direction, type MatrixEvent, type Room } from "matrix-js-sdk";

/** A state event of a room as it is now. */
export const stateEvent = (room: Room, type: string, key = ""): MatrixEvent | null =>
  room.getLiveTimeline().getState(Direction.Forward)?.getStateEvents(type, key) ?? null;

/** All of a type. */
export const stateEvents = (room: Room, type: string): readonly MatrixEvent[] =>
  room.getLiveTimeline().getState(Direction.Forward)?.getStateEvents(type) ?? [];
