import { type RefCallback, useCallback } from "react";
import type { VideoSource } from "../lib/model";
import { useMediaRoom } from "./use-media-room";

/** `<video ref={…}>` shows the camera or the screen of somebody. */
export const useVideoElement = (
  identity: string,
  source: VideoSource,
  /** ParticipantView's: with another one, the element is attached anew. */
  version: string,
): RefCallback<HTMLVideoElement> => {
  const media = useMediaRoom();
  return useCallback(
    (element: HTMLVideoElement | null) => {
      if (element === null || media === null) return;
      return media.showVideo(identity, source, element);
    },
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the version is what makes it new
    [media, identity, source, version],
  );
};
