import { useCallback } from "react";
import { type Connection, isInside } from "../lib/connection";
import type { RoomSnapshot, Unseen } from "../lib/model";
import { type Access, useVoiceStore } from "../stores/voice-store";
import { useEngine } from "./engine-context";

type VoiceChannel = {
  access: Access;
  room: RoomSnapshot | null;
  connection: Connection;
  inside: boolean;
  soundBlocked: boolean;
  unseen: Unseen;
  join: () => void;
  leave: () => void;
  retryNow: () => void;
  startSound: () => void;
};

/** The room, and being in its call. */
export const useVoiceChannel = (): VoiceChannel => {
  const engine = useEngine();
  const access = useVoiceStore((state) => state.access);
  const room = useVoiceStore((state) => state.room);
  const connection = useVoiceStore((state) => state.connection);
  const soundBlocked = useVoiceStore((state) => state.soundBlocked);
  const unseen = useVoiceStore((state) => state.unseen);
  const join = useCallback(() => void engine.join(), [engine]);
  const leave = useCallback(() => {
    engine.sounds().play("leave");
    void engine.leave();
  }, [engine]);
  const startSound = useCallback(() => void engine.startSound(), [engine]);
  return {
    access,
    room,
    connection,
    inside: isInside(connection),
    soundBlocked,
    unseen,
    join,
    leave,
    retryNow: engine.retryNow,
    startSound,
  };
};
