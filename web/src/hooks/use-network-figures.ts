import { useEffect, useState } from "react";
import { type Counters, figures, type NetworkFigures } from "../lib/network";
import { useMediaRoom } from "./use-media-room";

const EVERY_MS = 2000;

/** Loss, round trip, jitter and bitrate by identity, as long as the component is shown. */
export const useNetworkFigures = (): ReadonlyMap<string, NetworkFigures> => {
  const media = useMediaRoom();
  const [shown, setShown] = useState<ReadonlyMap<string, NetworkFigures>>(new Map());
  useEffect(() => {
    if (media === null) return;
    let before: ReadonlyMap<string, Counters> = new Map();
    let over = false;
    const look = async () => {
      const now = await media.counters();
      if (over) return;
      const last = before;
      before = now;
      setShown(
        new Map([...now].map(([id, counted]) => [id, figures(last.get(id) ?? null, counted)])),
      );
    };
    const quietly = () => void look().catch(() => undefined);
    quietly();
    const timer = setInterval(quietly, EVERY_MS);
    return () => {
      over = true;
      clearInterval(timer);
    };
  }, [media]);
  return shown;
};
