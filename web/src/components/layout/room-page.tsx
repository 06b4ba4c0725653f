import { Check, Copy, Volume2 } from "lucide-react";
import { useState } from "react";
import { homeHash } from "../../lib/route";
import { text } from "../../strings/en";
import { IconButton } from "../ui/button";
import voice from "../voice/voice.module.css";
import css from "./layout.module.css";

/** Where a call's card leads: this page knows the room, but not who you are. */
export const RoomPage = ({ roomId }: { roomId: string | null }) => (
  <main className={css["single"]}>
    <section className={voice["lobby"]}>
      <div className={voice["message"]}>
        <Volume2 className={voice["messageIcon"]} aria-hidden="true" />
        <h1 className={voice["lobbyTitle"]}>
          {roomId === null ? text.nowhere.title : text.room.title}
        </h1>
        {roomId === null ? (
          <p className={voice["soft"]}>{text.nowhere.help}</p>
        ) : (
          <>
            <p className={voice["soft"]}>{text.room.intro}</p>
            <ol className={css["steps"]}>
              {text.room.steps.map((step) => (
                <li key={step}>{step}</li>
              ))}
            </ol>
            <CopyCommand />
            <a
              className={css["linkButton"]}
              href={`https://matrix.to/#/${encodeURIComponent(roomId)}`}
              rel="noreferrer"
            >
              {text.room.open}
            </a>
            <a href={homeHash(roomId)}>{text.room.logIn}</a>
          </>
        )}
      </div>
    </section>
  </main>
);

const CopyCommand = () => {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text.room.command);
    setCopied(true);
  };
  return (
    <div className={css["command"]}>
      <code>{text.room.command}</code>
      <IconButton label={text.room.copy} onClick={() => void copy().catch(() => undefined)}>
        {copied ? <Check aria-hidden="true" /> : <Copy aria-hidden="true" />}
      </IconButton>
      <span role="status">{copied ? text.room.copied : ""}</span>
    </div>
  );
};
