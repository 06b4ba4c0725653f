import { Tooltip } from "radix-ui";
import { useEffect, useRef } from "react";
import { useAnnouncer } from "../../hooks/use-announcer";
import { useLocalMedia } from "../../hooks/use-local-media";
import { useParticipants } from "../../hooks/use-participants";
import { usePushToTalk } from "../../hooks/use-push-to-talk";
import { useSettings } from "../../hooks/use-settings";
import { useShortcuts } from "../../hooks/use-shortcuts";
import { useView } from "../../hooks/use-view";
import { useVoiceChannel } from "../../hooks/use-voice-channel";
import type { Session } from "../../lib/model";
import { Dialogs } from "../dialogs/dialogs";
import { IncomingCall } from "../rings/incoming-call";
import { Banners } from "../voice/banners";
import { VoiceChannelPanel } from "../voice/voice-channel-panel";
import { VoiceControls } from "../voice/voice-controls";
import css from "./layout.module.css";
import { LiveRegion } from "./live-region";
import { Sidebar } from "./sidebar";

const TOOLTIP_AFTER_MS = 300;

/** A voice channel, from outside and from inside. */
export const CallPage = ({ session }: { session: Session }) => {
  const { room, inside, connection, leave } = useVoiceChannel();
  const people = useParticipants();
  const local = useLocalMedia();
  const { settings } = useSettings();
  const { dialog, openDialog } = useView();
  const told = useAnnouncer(people);
  const talking = usePushToTalk(inside && settings.inputMode === "push");
  const joinButton = useRef<HTMLButtonElement>(null);
  useFocusMoves(inside, joinButton);
  useTitle(room?.name, people.length);

  useShortcuts(
    {
      ...(inside && {
        mute: local.toggleMute,
        deafen: local.toggleDeafen,
        camera: local.toggleCamera,
        screen: local.toggleScreen,
        hand: local.toggleHand,
        leave,
      }),
      settings: () => openDialog({ tag: "settings" }),
      help: () => openDialog({ tag: "help" }),
    },
    dialog === null,
  );

  const stopped = connection.tag === "ended" || connection.tag === "refused";
  return (
    <Tooltip.Provider delayDuration={TOOLTIP_AFTER_MS}>
      <div className={css["page"]}>
        <Sidebar room={room} people={people} inside={inside} />
        <main className={css["main"]}>
          <VoiceChannelPanel session={session} people={people} joinButton={joinButton} />
          {inside && !stopped && <Banners />}
          {inside && <VoiceControls me={people.find(({ isLocal }) => isLocal)} talking={talking} />}
        </main>
      </div>
      <IncomingCall />
      <Dialogs people={people} />
      <LiveRegion {...told} />
    </Tooltip.Provider>
  );
};

/** To the channel's name on joining, back to the button on leaving. */
const useFocusMoves = (inside: boolean, joinButton: React.RefObject<HTMLButtonElement | null>) => {
  const before = useRef(inside);
  useEffect(() => {
    if (before.current === inside) return;
    before.current = inside;
    if (inside) document.getElementById("channel-name")?.focus();
    else joinButton.current?.focus();
  }, [inside, joinButton]);
};

const useTitle = (name: string | undefined, count: number) => {
  useEffect(() => {
    if (name !== undefined) document.title = count > 0 ? `(${count}) ${name}` : name;
  }, [name, count]);
};
