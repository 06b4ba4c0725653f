import type { ComponentProps } from "react";
import css from "./ui.module.css";

type Props = ComponentProps<"button"> & {
  look?: "plain" | "primary" | "danger" | "quiet";
  wide?: boolean;
  start?: boolean;
};

export const Button = ({
  look = "plain",
  wide = false,
  start = false,
  className,
  ...rest
}: Props) => {
  const classes = [
    css["button"],
    look !== "plain" && css[look],
    wide && css["wide"],
    start && css["start"],
    className,
  ];
  return <button type="button" className={classes.filter(Boolean).join(" ")} {...rest} />;
};

type IconProps = ComponentProps<"button"> & { label: string };

export const IconButton = ({ label, className, ...rest }: IconProps) => (
  <button
    type="button"
    aria-label={label}
    className={[css["iconButton"], className].filter(Boolean).join(" ")}
    {...rest}
  />
);

export const Hidden = (props: ComponentProps<"span">) => (
  <span className={css["hidden"]} {...props} />
);

export const Key = ({ children }: { children: string }) => (
  <kbd className={css["key"]}>{children}</kbd>
);
