import { CircleAlert, type LucideIcon, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import css from "./voice.module.css";

type Props = {
  tone: "warn" | "bad";
  title: string;
  help?: string | undefined;
  Icon?: LucideIcon;
  children?: ReactNode;
};

/** Something that the person should know, and what to do about it. */
export const Banner = ({ tone, title, help, Icon, children }: Props) => {
  const Shown = Icon ?? (tone === "bad" ? CircleAlert : TriangleAlert);
  return (
    <div className={css["banner"]} data-tone={tone} role="group" aria-label={title}>
      <Shown className={css["bannerIcon"]} aria-hidden="true" />
      <div className={css["bannerText"]}>
        <div className={css["bannerTitle"]}>{title}</div>
        {help !== undefined && help !== "" && <p>{help}</p>}
      </div>
      {children}
    </div>
  );
};
