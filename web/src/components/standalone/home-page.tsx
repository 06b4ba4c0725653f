import { Menu, Volume2 } from "lucide-react";
import { Tooltip } from "radix-ui";
import { useRef } from "react";
import { useChatNews } from "../../hooks/use-chat-news";
import { useCallPage } from "../../hooks/use-call-page";
import { useParticipants } from "../../hooks/use-participants";
import { useLookAtOpenRoom, useOpenRoom } from "../../hooks/use-rooms";
import { useVoiceChannel } from "../../hooks/use-voice-channel";
import { words } from "../../strings/standalone.en";
import { Dialogs } from "../dialogs/dialogs";
import { LiveRegion } from "../layout/live-region";
import { Message } from "../layout/message";
import { Rings } from "../rings/rings";
import { Button, Hidden } from "../ui/button";
import { Banners } from "../voice/banners";
import { VoiceControls } from "../voice/voice-controls";
import css from "./home.module.css";
import { OpenRoom } from "./open-room";
import { RoomSidebar } from "./room-sidebar";

const TOOLTIP_AFTER_MS = 300;

/** Rooms at the left, the call in the middle, its messages beside it; on a phone one at a time. */
export const HomePage = () => {
  const { inside, connection } = useVoiceChannel();
  const { room, pane, showPane, select } = useOpenRoom();
  const people = useParticipants();
  const joinButton = useRef<HTMLButtonElement>(null);
  const { told, talking } = useCallPage(people, joinButton);
  const said = useChatNews();
  useLookAtOpenRoom();
  const stopped = connection.tag === "ended" || connection.tag === "refused";
  return (
    <Tooltip.Provider delayDuration={TOOLTIP_AFTER_MS}>
      <div className={css["page"]} data-pane={pane ?? (room === null ? "rooms" : "none")}>
        <div className={css["side"]}>
          <RoomSidebar />
        </div>
        <main className={css["main"]}>
          {room === null ? (
            <Welcome onBrowse={() => showPane("rooms")} />
          ) : (
            <OpenRoom room={room} people={people} joinButton={joinButton} />
          )}
        </main>
        <div className={css["foot"]}>
          {!stopped && <Banners />}
          {inside && <VoiceControls me={people.find(({ isLocal }) => isLocal)} talking={talking} />}
        </div>
      </div>
      <Rings onAccept={select} />
      <Dialogs people={people} />
      <LiveRegion {...told} />
      <Hidden role="status" aria-live="polite" data-region="chat">
        {said}
      </Hidden>
    </Tooltip.Provider>
  );
};

const Welcome = ({ onBrowse }: { onBrowse: () => void }) => (
  <Message Icon={Volume2} title={words.welcome.title} help={words.welcome.help}>
    <Button className={css["phoneOnly"]} onClick={onBrowse}>
      <Menu aria-hidden="true" />
      {words.welcome.browse}
    </Button>
  </Message>
);
