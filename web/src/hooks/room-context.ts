import { createContext } from "react";
import type { RoomSnapshot } from "../lib/model";

/** The room whose people are shown, where that is not the one that is watched. */
export const RoomContext = createContext<RoomSnapshot | null>(null);
