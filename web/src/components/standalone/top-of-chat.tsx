import { LoaderCircle } from "lucide-react";
import { useEffect, useEffectEvent, useRef } from "react";
import { words } from "../../strings/standalone.en";
import { Button } from "../ui/button";
import css from "./chat.module.css";

type Props = { loading: boolean; failed: boolean; onSeen: () => void };

/** Where older messages come in: by themselves as one gets there, or by the button. */
export const TopOfChat = ({ loading, failed, onSeen }: Props) => {
  const element = useRef<HTMLDivElement>(null);
  const onVisible = useEffectEvent(() => {
    if (!loading && !failed) onSeen();
  });
  useEffect(() => {
    if (element.current === null || typeof IntersectionObserver === "undefined") return;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) onVisible();
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={element} className={css["top"]}>
      {loading ? (
        <p role="status">
          <LoaderCircle className={css["spinner"]} aria-hidden="true" />
          {words.chat.loading}
        </p>
      ) : (
        <>
          {failed && <p role="alert">{words.chat.failed}</p>}
          <Button look="quiet" onClick={onSeen}>
            {words.chat.older}
          </Button>
        </>
      )}
    </div>
  );
};
