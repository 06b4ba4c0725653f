import { X } from "lucide-react";
import { Dialog } from "radix-ui";
import { type ReactNode, useState } from "react";
import { text } from "../../strings/en";
import { IconButton } from "./button";
import css from "./ui.module.css";

type Props = { title: string; onClose: () => void; large?: boolean; children: ReactNode };

/**
 * A dialog that traps the focus and gives it back. The backdrop is our own: Radix' would lock the
 * scrolling with a style element, which a strict content security policy refuses.
 */
export const Modal = ({ title, onClose, large = false, children }: Props) => {
  // Radix gives the focus back to its own trigger only, and ours is wherever the dialog was opened.
  const [opener] = useState(() => document.activeElement);
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <div className={css["backdrop"]} aria-hidden="true" />
        <Dialog.Content
          className={[css["dialog"], large && css["large"]].filter(Boolean).join(" ")}
          aria-describedby={undefined}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
          }}
        >
          <div className={css["dialogHead"]}>
            <Dialog.Title className={css["dialogTitle"]}>{title}</Dialog.Title>
            <Dialog.Close asChild>
              <IconButton label={text.close}>
                <X aria-hidden="true" />
              </IconButton>
            </Dialog.Close>
          </div>
          {children}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
};

export const ModalBody = ({ children }: { children: ReactNode }) => (
  <div className={css["dialogBody"]}>{children}</div>
);

export const ModalFoot = ({ children }: { children: ReactNode }) => (
  <div className={css["dialogFoot"]}>{children}</div>
);
