import { useEffect } from "react";
import { useSettingsStore } from "../stores/settings-store";

/** Puts the chosen colours on the page; without the attribute, the system's are used. */
export const useTheme = (): void => {
  const theme = useSettingsStore((state) => state.theme);
  useEffect(() => {
    if (theme === "system") document.documentElement.removeAttribute("data-theme");
    else document.documentElement.setAttribute("data-theme", theme);
  }, [theme]);
};
