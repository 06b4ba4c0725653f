import { Tabs } from "radix-ui";
import { text } from "../../strings/en";
import { Modal } from "../ui/modal";
import { KeysTab } from "./keys-tab";
import { LookTab } from "./look-tab";
import css from "./settings.module.css";
import { SoundsTab } from "./sounds-tab";
import { VideoTab } from "./video-tab";
import { VoiceTab } from "./voice-tab";

const TABS = [
  { id: "voice", Panel: VoiceTab },
  { id: "video", Panel: VideoTab },
  { id: "sounds", Panel: SoundsTab },
  { id: "keys", Panel: KeysTab },
  { id: "look", Panel: LookTab },
] as const;

const SettingsDialog = ({ onClose }: { onClose: () => void }) => (
  <Modal title={text.settings.title} onClose={onClose} large>
    <Tabs.Root className={css["tabs"]} defaultValue="voice">
      <Tabs.List className={css["tabList"]} aria-label={text.settings.title}>
        {TABS.map(({ id }) => (
          <Tabs.Trigger key={id} className={css["tab"]} value={id}>
            {text.settings.tabs[id]}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      {TABS.map(({ id, Panel }) => (
        <Tabs.Content key={id} className={css["panel"]} value={id}>
          <Panel />
        </Tabs.Content>
      ))}
    </Tabs.Root>
  </Modal>
);

export default SettingsDialog;
