import { SendHorizontal, X } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import type { Message } from "../../lib/timeline";
import { words } from "../../strings/standalone.en";
import { IconButton } from "../ui/button";
import css from "./chat.module.css";

type Props = {
  name: string;
  answering: Message | null;
  onCancel: () => void;
  onSend: (body: string) => void;
};

/** Enter sends, with Shift it begins a new line. */
export const Composer = ({ name, answering, onCancel, onSend }: Props) => {
  const id = useId();
  const [body, setBody] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  const label = words.chat.write(name);

  useEffect(() => {
    if (answering !== null) field.current?.focus();
  }, [answering]);

  const submit = () => {
    const said = body.trim();
    if (said === "") return;
    setBody("");
    onSend(said);
    field.current?.focus();
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "Escape" && answering !== null) onCancel();
    // While a word is being composed (Chinese, Japanese …), Enter ends the word.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  };

  return (
    <form
      className={css["composer"]}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {answering !== null && (
        <p className={css["answering"]}>
          <span>{words.chat.replying(answering.name)}</span>
          <IconButton label={words.chat.noReply} onClick={onCancel}>
            <X aria-hidden="true" />
          </IconButton>
        </p>
      )}
      <div className={css["writing"]}>
        <textarea
          ref={field}
          id={id}
          className={css["field"]}
          rows={Math.min(6, body.split("\n").length)}
          value={body}
          placeholder={label}
          aria-label={label}
          dir="auto"
          onChange={(event) => setBody(event.target.value)}
          onKeyDown={onKey}
        />
        <IconButton label={words.chat.send} type="submit" disabled={body.trim() === ""}>
          <SendHorizontal aria-hidden="true" />
        </IconButton>
      </div>
    </form>
  );
};
