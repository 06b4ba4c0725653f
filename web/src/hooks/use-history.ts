import { useCallback, useEffect, useState } from "react";
import type { PastCall } from "../lib/model";
import { type Problem, problemOf } from "../lib/problem";
import { useEngine } from "./engine-context";

const CALLS = 20;

type History =
  | { tag: "loading" }
  | { tag: "loaded"; calls: readonly PastCall[] }
  | { tag: "failed"; problem: Problem };

export const useHistory = (): { history: History; reload: () => void } => {
  const engine = useEngine();
  const [history, setHistory] = useState<History>({ tag: "loading" });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let over = false;
    engine
      .history(CALLS)
      .then((calls): History => ({ tag: "loaded", calls }))
      .catch((error: unknown): History => ({ tag: "failed", problem: problemOf(error) }))
      .then(
        (next) => {
          if (!over) setHistory(next);
        },
        () => undefined,
      );
    return () => {
      over = true;
    };
  }, [engine, turn]);
  const reload = useCallback(() => {
    setHistory({ tag: "loading" });
    setTurn((before) => before + 1);
  }, []);
  return { history, reload };
};
