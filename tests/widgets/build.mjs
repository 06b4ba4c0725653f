// The host page as one folder of files: dist/index.html and dist/main.js.
import { cp } from "node:fs/promises";
import { build } from "esbuild";

const here = (path) => new URL(path, import.meta.url).pathname;

await build({
  entryPoints: [here("host/main.ts")],
  outfile: here("dist/main.js"),
  bundle: true,
  format: "esm",
  target: "es2022",
  logLevel: "warning",
});
await cp(here("host/index.html"), here("dist/index.html"));
const wasm = "@matrix-org/matrix-sdk-crypto-wasm/pkg/matrix_sdk_crypto_wasm_bg.wasm";
await cp(here(`node_modules/${wasm}`), here("dist/crypto.wasm"));
