import type { ModeratorAction } from "../lib/model";
import { problemOf } from "../lib/problem";
import { notify, useVoiceStore } from "../stores/voice-store";
import { text } from "../strings/en";
import { useEngine } from "./engine-context";

type Moderation = {
  allowed: boolean;
  order: (who: { identity: string; name: string }, action: ModeratorAction, to?: string) => void;
};

/** What a moderator may do to others. A refusal is told; success is seen in the call. */
export const useModeration = (): Moderation => {
  const engine = useEngine();
  const mayModerate = useVoiceStore((state) => state.room?.mayModerate ?? false);
  return {
    allowed: mayModerate && engine.moderate !== null,
    order: ({ identity, name }, action, to) => {
      engine
        .moderate?.({ identity, action, ...(to !== undefined && { to }) })
        .catch((error: unknown) => {
          const { code, detail } = problemOf(error);
          notify("warning", text.participant.failed(name, detail || text.problems[code].title));
        });
    },
  };
};
