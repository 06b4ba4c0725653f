import { useMediaDeviceSelect } from "@livekit/components-react";
import { canChooseOutput } from "../services/audio";
import { IDLE_ROOM } from "../services/livekit";

export type Device = { id: string; label: string };

/** The devices there are, kept up to date; asks for no permission. */
export const useDevices = (kind: MediaDeviceKind): readonly Device[] => {
  const { devices } = useMediaDeviceSelect({ kind, room: IDLE_ROOM, requestPermissions: false });
  return devices
    .filter(({ deviceId }) => deviceId !== "" && deviceId !== "default")
    .map(({ deviceId, label }) => ({ id: deviceId, label }));
};

export const outputCanBeChosen: boolean = canChooseOutput();
