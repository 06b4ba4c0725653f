import { lazy, Suspense } from "react";
import { useRang } from "../../hooks/use-rings";

// Loaded with the first call: most visits see none.
const IncomingCall = lazy(async () => import("./incoming-call"));

export const Rings = () => {
  const rang = useRang();
  return <Suspense fallback={null}>{rang && <IncomingCall />}</Suspense>;
};
