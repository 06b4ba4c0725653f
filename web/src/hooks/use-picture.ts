import { useContext, useEffect, useState } from "react";
import { useVoiceStore } from "../stores/voice-store";
import { EngineContext } from "./engine-context";

/** Somebody's picture, once it is there; null: none. */
export const usePicture = (userId: string): string | null => {
  const engine = useContext(EngineContext);
  const roomId = useVoiceStore(({ room }) => room?.roomId ?? "");
  const address = useVoiceStore(({ room }) => room?.pictures?.[userId] ?? "");
  const [found, setFound] = useState<{ address: string; url: string | null } | null>(null);
  useEffect(() => {
    if (engine === null || address === "") return;
    let asked = true;
    void engine.picture({ roomId, userId, address }).then((url) => {
      if (asked) setFound({ address, url });
    });
    return () => {
      asked = false;
    };
  }, [engine, roomId, userId, address]);
  return found?.address === address ? found.url : null;
};
