import { useMemo } from "react";
import { type Group, groupsOf, type Timeline } from "../lib/timeline";
import { useAccountStore } from "../stores/account-store";
import { useStandalone } from "./standalone-context";

type TimelineView = {
  timeline: Timeline | null;
  groups: readonly Group[];
  loadOlder: () => void;
  send: (body: string, replyTo: string | null) => void;
  again: (id: string) => void;
  discard: (id: string) => void;
};

/** The messages of the open room. */
export const useTimeline = (): TimelineView => {
  const standalone = useStandalone();
  const timeline = useAccountStore((state) => state.timeline);
  const messages = timeline?.messages;
  const groups = useMemo(() => groupsOf(messages ?? []), [messages]);
  const open = () => standalone.account()?.timeline();
  return {
    timeline,
    groups,
    loadOlder: () => void open()?.older(),
    // A failure is shown at the message itself.
    send: (body, replyTo) =>
      void open()
        ?.send(body, replyTo)
        .catch(() => undefined),
    again: (id) => open()?.again(id),
    discard: (id) => open()?.discard(id),
  };
};
