import { useContext, useEffect, useState } from "react";
import { useVoiceStore } from "../stores/voice-store";
import { EngineContext } from "./engine-context";
import { RoomContext } from "./room-context";

/** Somebody's picture, once it is there; null: none. */
export const usePicture = (userId: string): string | null => {
  const engine = useContext(EngineContext);
  const given = useContext(RoomContext);
  const roomId = useVoiceStore(({ room }) => (given ?? room)?.roomId ?? "");
  const address = useVoiceStore(({ room }) => (given ?? room)?.pictures?.[userId] ?? "");
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
