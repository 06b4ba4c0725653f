import { useEffect, useEffectEvent, useRef, useState } from "react";
import { chatNews, newlySaid } from "../lib/chat-news";
import type { Message, Timeline } from "../lib/timeline";
import { useAccountStore } from "../stores/account-store";
import { useSettingsStore } from "../stores/settings-store";
import { words } from "../strings/standalone.en";

const GATHER_MS = 2000;

/** What screen readers say of the open room's new messages, at most every 2 s. */
export const useChatNews = (): string => {
  const timeline = useAccountStore((state) => state.timeline);
  const [told, setTold] = useState("");
  const before = useRef<Timeline | null>(null);
  const pending = useRef<Message[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const onTimeline = useEffectEvent((now: Timeline | null) => {
    const said = newlySaid(before.current, now);
    before.current = now;
    if (said.length === 0 || useSettingsStore.getState().announce !== "all") return;
    pending.current.push(...said);
    // The same words twice are told twice only if they were gone in between.
    setTold("");
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      setTold(chatNews(pending.current, words.chat.news));
      pending.current = [];
    }, GATHER_MS);
  });
  useEffect(() => onTimeline(timeline), [timeline]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return told;
};
