import { MicOff, Volume2, WifiOff } from "lucide-react";
import { useLocalMedia } from "../../hooks/use-local-media";
import { useNotice } from "../../hooks/use-notice";
import { useNow } from "../../hooks/use-now";
import { useOnline } from "../../hooks/use-online";
import { useView } from "../../hooks/use-view";
import { useVoiceChannel } from "../../hooks/use-voice-channel";
import { browserOf } from "../../lib/browser";
import type { Connection } from "../../lib/connection";
import type { MicrophoneTrouble } from "../../lib/media";
import { text } from "../../strings/en";
import { Button } from "../ui/button";
import { Banner } from "./banner";
import css from "./voice.module.css";

/** What is wrong right now, one line each, with the way out. */
export const Banners = () => {
  const { connection, soundBlocked, startSound, retryNow } = useVoiceChannel();
  const local = useLocalMedia();
  const { notice, dismiss } = useNotice();
  const { openDialog } = useView();
  const online = useOnline();
  const words = text.media;
  const settings = (
    <Button onClick={() => openDialog({ tag: "settings" })}>{words.openSettings}</Button>
  );
  return (
    <div className={css["banners"]}>
      {!online && connection.tag !== "waiting" && (
        <Banner
          tone="bad"
          title={text.connection.offline}
          help={text.connection.offlineHelp}
          Icon={WifiOff}
        />
      )}
      {connection.tag === "waiting" && <Waiting {...{ connection, online }} onRetry={retryNow} />}
      {soundBlocked && (
        <Banner tone="bad" title={words.blockedSound} Icon={Volume2}>
          <Button look="primary" onClick={startSound}>
            {words.startSound}
          </Button>
        </Banner>
      )}
      {!local.rights.hear && <Banner tone="warn" title={words.deafenedByModerator} />}
      {!local.rights.speak && <Banner tone="warn" title={words.mayNotSpeak} Icon={MicOff} />}
      {local.rights.speak && local.microphone.tag === "asking" && (
        <Banner tone="warn" title={words.ask} />
      )}
      {local.rights.speak && local.microphone.tag === "failed" && (
        <Banner tone="bad" {...troubleText(local.microphone.why)}>
          <Button onClick={local.retryMicrophone}>{text.tryAgain}</Button>
          {local.microphone.why !== "denied" && settings}
        </Banner>
      )}
      {local.mutedByModerator && local.muted && (
        <Banner tone="warn" title={words.mutedByModerator} Icon={MicOff}>
          <Button onClick={local.toggleMute}>{words.unmute}</Button>
        </Banner>
      )}
      {local.talkingWhileMuted && !local.mutedByModerator && (
        <Banner tone="warn" title={words.talkingMuted} Icon={MicOff}>
          <Button look="primary" onClick={local.toggleMute}>
            {words.unmute}
          </Button>
        </Banner>
      )}
      {local.deadMicrophone && local.microphone.tag === "live" && !local.muted && (
        <Banner tone="warn" title={words.dead} help={words.deadHelp}>
          {settings}
        </Banner>
      )}
      {notice !== null && (
        <Banner tone={notice.tone === "info" ? "warn" : "bad"} title={notice.text}>
          <Button look="quiet" onClick={() => dismiss(notice.id)}>
            {text.close}
          </Button>
        </Banner>
      )}
    </div>
  );
};

type WaitingProps = {
  connection: Extract<Connection, { tag: "waiting" }>;
  online: boolean;
  onRetry: () => void;
};

const Waiting = ({ connection: { problem, retryAt }, online, onRetry }: WaitingProps) => {
  const now = useNow(250);
  const seconds = retryAt === null ? 0 : Math.max(0, Math.ceil((retryAt - now) / 1000));
  return (
    <Banner
      tone="bad"
      title={online ? text.problems[problem.code].title : text.connection.offline}
      help={text.connection.waiting(seconds)}
      {...(!online && { Icon: WifiOff })}
    >
      <Button look="primary" onClick={onRetry} disabled={retryAt === null}>
        {text.connection.now}
      </Button>
    </Banner>
  );
};

const troubleText = (why: MicrophoneTrouble): { title: string; help: string } => {
  const words = text.media;
  switch (why) {
    case "denied":
      return { title: words.denied, help: words.deniedHelp[browserOf(navigator.userAgent)] };
    case "missing":
      return { title: words.missing, help: words.missingHelp };
    case "busy":
      return { title: words.busy, help: words.busyHelp };
    case "lost":
      return { title: words.lost, help: words.lostHelp };
  }
};
