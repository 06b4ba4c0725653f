import { useEffect, useEffectEvent, useRef, useState } from "react";
import { spoken } from "../lib/announcements";
import { type Change, changesOf } from "../lib/changes";
import type { ParticipantView } from "../lib/model";
import { useSettingsStore } from "../stores/settings-store";
import { useVoiceStore } from "../stores/voice-store";
import { text } from "../strings/en";
import { endedTitle } from "../strings/ended";
import { useEngine } from "./engine-context";

const GATHER_MS = 2000;

type Told = { polite: string; assertive: string };

/** What screen readers say, at most every 2 s, and the sounds of coming and going. */
export const useAnnouncer = (people: readonly ParticipantView[]): Told => {
  const engine = useEngine();
  const connection = useVoiceStore((state) => state.connection);
  const channel = useVoiceStore((state) => state.room?.name ?? "");
  const notice = useVoiceStore((state) => state.notice);
  const [polite, setPolite] = useState("");
  const pending = useRef<Change[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const before = useRef<readonly ParticipantView[] | null>(null);
  const { tag } = connection;

  const tell = useEffectEvent((changes: readonly Change[]) => {
    if (changes.length === 0) return;
    pending.current.push(...changes);
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      const { announce } = useSettingsStore.getState();
      setPolite(spoken(pending.current, announce, text.announce));
      pending.current = [];
    }, GATHER_MS);
  });

  const onPeople = useEffectEvent((now: readonly ParticipantView[]) => {
    const last = before.current;
    before.current = tag === "in" ? now : null;
    // The first look is no news: who was here already has not joined now.
    if (tag !== "in" || last === null) return;
    const changes = changesOf(last, now);
    const others = changes.filter(({ own }) => !own);
    if (others.some(({ kind }) => kind === "joined")) engine.sounds().play("join");
    else if (others.some(({ kind }) => kind === "left")) engine.sounds().play("leave");
    tell(changes);
  });

  useEffect(() => onPeople(people), [people, tag]);

  const onConnection = useEffectEvent((now: typeof tag) => {
    if (now === "in") {
      engine.sounds().play("join");
      tell([{ kind: "note", text: text.announce.youJoined(channel), own: true }]);
    }
    if (now === "waiting") engine.sounds().play("lost");
    if (now === "out" && before.current !== null)
      tell([{ kind: "note", text: text.announce.youLeft, own: true }]);
  });
  useEffect(() => onConnection(tag), [tag]);

  useEffect(() => {
    if (notice !== null) tell([{ kind: "note", text: notice.text, own: true }]);
  }, [notice]);
  useEffect(() => () => clearTimeout(timer.current), []);

  return { polite, assertive: assertiveText(connection) };
};

const assertiveText = (connection: ReturnType<typeof useVoiceStore.getState>["connection"]) => {
  switch (connection.tag) {
    case "ended":
      return endedTitle(connection);
    case "waiting":
      return text.announce.lost;
    case "refused":
      return text.problems[connection.problem.code].title;
    case "out":
    case "joining":
    case "in":
    case "reconnecting":
      return "";
  }
};
