import { lazy, Suspense } from "react";
import { useRang } from "../../hooks/use-rings";

// Loaded with the first call: most visits see none.
const IncomingCall = lazy(async () => import("./incoming-call"));

type Props = {
  /** Shows the room of the call that is accepted, where others may be shown. */
  onAccept?: (roomId: string) => void;
};

export const Rings = ({ onAccept }: Props) => {
  const rang = useRang();
  return (
    <Suspense fallback={null}>{rang && <IncomingCall {...(onAccept && { onAccept })} />}</Suspense>
  );
};
