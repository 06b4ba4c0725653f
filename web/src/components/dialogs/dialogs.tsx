import { lazy, Suspense } from "react";
import { useView } from "../../hooks/use-view";
import type { ParticipantView } from "../../lib/model";

// Loaded when they are first opened: joining must not wait for them.
const SettingsDialog = lazy(async () => import("../settings/settings-dialog"));
const HelpDialog = lazy(async () => import("./help-dialog"));
const HistoryDialog = lazy(async () => import("./history-dialog"));
const NetworkDialog = lazy(async () => import("./network-dialog"));
const EncryptionDialog = lazy(async () => import("./encryption-dialog"));
const ModerationDialog = lazy(async () => import("./moderation-dialogs"));

/** Whichever is open. */
export const Dialogs = ({ people }: { people: readonly ParticipantView[] }) => {
  const { dialog, closeDialog } = useView();
  return <Suspense fallback={null}>{content(dialog, people, closeDialog)}</Suspense>;
};

type Dialog = ReturnType<typeof useView>["dialog"];

const content = (dialog: Dialog, people: readonly ParticipantView[], onClose: () => void) => {
  if (dialog === null) return null;
  switch (dialog.tag) {
    case "settings":
      return <SettingsDialog onClose={onClose} />;
    case "help":
      return <HelpDialog onClose={onClose} />;
    case "history":
      return <HistoryDialog onClose={onClose} />;
    case "network":
      return <NetworkDialog people={people} onClose={onClose} />;
    case "encryption":
      return <EncryptionDialog people={people} onClose={onClose} />;
    case "kick":
    case "move":
      return <ModerationDialog dialog={dialog} onClose={onClose} />;
  }
};
