import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  // Relative, so that the bridge can serve the folder under any prefix.
  base: "./",
  plugins: [react()],
  build: {
    target: "es2022",
    sourcemap: false,
    manifest: true,
    // Inlined files would be data: URLs, which the content security policy refuses.
    assetsInlineLimit: 0,
    // The polyfill is an inline script in old browsers only; the target above has no need of it.
    modulePreload: { polyfill: false },
  },
});
