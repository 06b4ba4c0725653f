import { useCallback, useEffect, useState } from "react";
import { LoginError, type LoginWays } from "../lib/login";
import type { Trouble } from "../lib/phase";
import { useStandalone } from "./standalone-context";

type Ways = { tag: "asking" } | { tag: "known"; ways: LoginWays } | { tag: "failed" };

type Login = {
  ways: Ways;
  /** A login is under way. */
  busy: boolean;
  trouble: Trouble | null;
  askAgain: () => void;
  withPassword: (user: string, password: string) => void;
  withSso: (providerId: string | null) => void;
  withOAuth: () => void;
  /** Deletes what is kept of the session that lapsed. */
  forget: () => void;
};

/** Logging in to a homeserver. */
export const useLogin = (homeserver: string, first: Trouble | null): Login => {
  const standalone = useStandalone();
  const [known, setKnown] = useState<{ of: string; ways: Ways } | null>(null);
  const [turn, setTurn] = useState(0);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState(first);

  useEffect(() => {
    let over = false;
    standalone.waysOf(homeserver).then(
      (ways) => {
        if (!over) setKnown({ of: homeserver, ways: { tag: "known", ways } });
      },
      (error: unknown) => {
        if (over) return;
        setKnown({ of: homeserver, ways: { tag: "failed" } });
        setTrouble(troubleOf(error));
      },
    );
    return () => {
      over = true;
    };
  }, [standalone, homeserver, turn]);

  const attempt = useCallback((work: Promise<void>) => {
    setBusy(true);
    setTrouble(null);
    work.catch((error: unknown) => {
      setTrouble(troubleOf(error));
      setBusy(false);
    });
  }, []);

  return {
    ways: known?.of === homeserver ? known.ways : { tag: "asking" },
    busy,
    trouble,
    askAgain: () => {
      setKnown(null);
      setTrouble(null);
      setTurn((before) => before + 1);
    },
    withPassword: (user, password) => attempt(standalone.logIn(homeserver, user, password)),
    withSso: (providerId) => {
      setBusy(true);
      standalone.leaveForSso(homeserver, providerId);
    },
    withOAuth: () => attempt(standalone.leaveForOAuth(homeserver)),
    forget: () => attempt(standalone.forget()),
  };
};

const troubleOf = (error: unknown): Trouble =>
  error instanceof LoginError
    ? { why: error.failure, detail: error.detail }
    : { why: "UNEXPECTED", detail: error instanceof Error ? error.message : "" };
