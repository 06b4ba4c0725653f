import { LoaderCircle, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import css from "../voice/voice.module.css";
import layout from "./layout.module.css";

type Props = {
  Icon: LucideIcon;
  title: string;
  help: string;
  detail?: string;
  children?: ReactNode;
};

/** One thing to say, in the middle. */
export const Message = ({ Icon, title, help, detail = "", children }: Props) => (
  <section className={css["lobby"]} aria-labelledby="message-title">
    <div className={css["message"]}>
      <Icon className={css["messageIcon"]} aria-hidden="true" />
      <h2 id="message-title" className={css["lobbyTitle"]}>
        {title}
      </h2>
      <p className={css["soft"]}>{help}</p>
      {detail !== "" && <p className={layout["detail"]}>{detail}</p>}
      <div className={css["messageActions"]}>{children}</div>
    </div>
  </section>
);

export const Loading = ({ children }: { children: string }) => (
  <div className={css["lobby"]} role="status">
    <div className={css["message"]}>
      <LoaderCircle className={layout["spinner"]} aria-hidden="true" />
      <p className={css["soft"]}>{children}</p>
    </div>
  </div>
);
