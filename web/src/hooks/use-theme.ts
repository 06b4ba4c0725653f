import { useEffect } from "react";
import { useSettingsStore } from "../stores/settings-store";
import { useViewStore } from "../stores/view-store";

/** Puts the chosen colours on the page, or the host's; without the attribute, the system's are used. */
export const useTheme = (): void => {
  const chosen = useSettingsStore((state) => state.theme);
  const hostTheme = useViewStore((state) => state.hostTheme);
  const theme = chosen === "system" ? (hostTheme ?? "system") : chosen;
  useEffect(() => {
    if (theme === "system") document.documentElement.removeAttribute("data-theme");
    else document.documentElement.setAttribute("data-theme", theme);
  }, [theme]);
};
