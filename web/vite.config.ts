import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  // Relative, so that the bridge can serve the folder under any prefix.
  base: "./",
  plugins: [react()],
  resolve: {
    // Its own sources: what it is built into is old JavaScript of which nothing can be left out, and
    // a widget needs a quarter of it.
    alias: { "matrix-widget-api": "matrix-widget-api/src/index.ts" },
  },
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
