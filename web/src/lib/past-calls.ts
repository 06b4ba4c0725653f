/** Past calls, read from the cards that the bot wrote into a room (docs/protocol.md §3). */
import * as v from "valibot";
import { localpart } from "./identity";
import type { PastCall } from "./model";

const CardSchema = v.object({
  call_id: v.string(),
  started_ts: v.number(),
  ended_ts: v.nullable(v.number()),
  started_by: v.string(),
  peak: v.optional(v.number(), 0),
  participants: v.optional(
    v.array(v.object({ user_id: v.string(), seconds: v.optional(v.number(), 0) })),
    [],
  ),
});

/** `contents`: of the bot's messages and their edits, oldest first; the last word on a call counts. */
export const pastCalls = (
  contents: readonly Record<string, unknown>[],
  nameOf: (userId: string) => string | undefined,
): PastCall[] => {
  const calls = new Map<string, PastCall>();
  for (const content of contents) {
    const edit = content["m.new_content"];
    const told = typeof edit === "object" && edit !== null ? edit : content;
    const card = v.safeParse(CardSchema, (told as Record<string, unknown>)["io.haos.voice.card"]);
    if (!card.success) continue;
    const { call_id, started_ts, ended_ts, started_by, peak, participants } = card.output;
    calls.set(call_id, {
      callId: call_id,
      startedAt: started_ts,
      endedAt: ended_ts,
      startedBy: started_by,
      peak,
      people: participants.map(({ user_id, seconds }) => ({
        userId: user_id,
        name: nameOf(user_id) ?? localpart(user_id),
        seconds,
      })),
    });
  }
  return [...calls.values()].sort((a, b) => b.startedAt - a.startedAt);
};
