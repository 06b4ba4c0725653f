import type { Phase } from "../lib/phase";
import { useAccountStore } from "../stores/account-store";
import { useStandalone } from "./standalone-context";

type AccountView = { phase: Phase; useHere: () => void; logOut: () => void };

export const useAccount = (): AccountView => {
  const standalone = useStandalone();
  const phase = useAccountStore((state) => state.phase);
  return {
    phase,
    useHere: () => void standalone.useHere(),
    logOut: () => void standalone.logOut(),
  };
};
