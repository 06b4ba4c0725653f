import { useEffect } from "react";
import { dismiss, type Notice, useVoiceStore } from "../stores/voice-store";

const SHOWN_MS = 7000;

export const useNotice = (): { notice: Notice | null; dismiss: (id: number) => void } => {
  const notice = useVoiceStore((state) => state.notice);
  useEffect(() => {
    if (notice === null) return;
    const timer = setTimeout(() => dismiss(notice.id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  return { notice, dismiss };
};
