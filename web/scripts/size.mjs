// What the browser loads before anything is shown: the entry and all it imports statically.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT_KB = 300;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

const kb = (bytes) => bytes / 1000;
const gzipped = (file) => kb(gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length);

const first = new Set();
const visit = (key) => {
  if (first.has(key)) return;
  first.add(key);
  manifest[key].imports?.forEach(visit);
};
visit("index.html");

let total = 0;
for (const [key, chunk] of Object.entries(manifest)) {
  if (!chunk.file.endsWith(".js")) continue;
  const size = gzipped(chunk.file);
  if (first.has(key)) total += size;
  console.log(
    `${first.has(key) ? "first" : "later"}  ${size.toFixed(1).padStart(7)} kB  ${chunk.file}`,
  );
}
console.log(`first load: ${total.toFixed(1)} kB of JavaScript gzipped, ${LIMIT_KB} kB at most`);
if (total > LIMIT_KB) process.exit(1);
