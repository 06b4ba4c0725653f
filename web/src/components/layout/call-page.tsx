import { Tooltip } from "radix-ui";
import { useRef } from "react";
import { useCallPage } from "../../hooks/use-call-page";
import { useParticipants } from "../../hooks/use-participants";
import { useVoiceChannel } from "../../hooks/use-voice-channel";
import type { Session } from "../../lib/model";
import { Dialogs } from "../dialogs/dialogs";
import { Rings } from "../rings/rings";
import { Banners } from "../voice/banners";
import { VoiceChannelPanel } from "../voice/voice-channel-panel";
import { VoiceControls } from "../voice/voice-controls";
import css from "./layout.module.css";
import { LiveRegion } from "./live-region";
import { Sidebar } from "./sidebar";

const TOOLTIP_AFTER_MS = 300;

/** A voice channel, from outside and from inside. */
export const CallPage = ({ session }: { session: Session }) => {
  const { room, inside, connection } = useVoiceChannel();
  const people = useParticipants();
  const joinButton = useRef<HTMLButtonElement>(null);
  const { told, talking } = useCallPage(people, joinButton);
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
      <Rings />
      <Dialogs people={people} />
      <LiveRegion {...told} />
    </Tooltip.Provider>
  );
};
