import { useEffect, useRef, useState } from "react";
import { closeStream, openCamera } from "../services/camera";
import { useSettingsStore } from "../stores/settings-store";

type Preview = {
  on: boolean;
  failed: boolean;
  toggle: () => void;
  video: React.RefObject<HTMLVideoElement | null>;
};

export const useCameraPreview = (): Preview => {
  const deviceId = useSettingsStore((state) => state.cameraDevice);
  const [on, setOn] = useState(false);
  const [failed, setFailed] = useState(false);
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (!on) return;
    let stream: MediaStream | null = null;
    let over = false;
    openCamera(deviceId)
      .then((opened) => {
        if (over) closeStream(opened);
        stream = opened;
        if (video.current) video.current.srcObject = opened;
      })
      .catch(() => {
        setFailed(true);
        setOn(false);
      });
    return () => {
      over = true;
      if (stream !== null) closeStream(stream);
    };
  }, [on, deviceId]);
  const toggle = () => {
    setFailed(false);
    setOn(!on);
  };
  return { on, failed, toggle, video };
};
