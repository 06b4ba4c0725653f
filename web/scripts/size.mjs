// What the browser loads before anything is shown: the entry and all it imports statically.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT_KB = 300;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

const kb = (bytes) => bytes / 1000;
const gzipped = (file) => kb(gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length);

/** A chunk and all that it imports statically. */
const loadedWith = (key, found = new Set()) => {
  if (found.has(key)) return found;
  found.add(key);
  manifest[key].imports?.forEach((one) => loadedWith(one, found));
  return found;
};
const first = loadedWith("index.html");
const widget = new Set([...first, ...loadedWith("src/services/widget/open.ts")]);

const totals = { "opened by a link": 0, "opened as a widget": 0 };
for (const [key, chunk] of Object.entries(manifest)) {
  if (!chunk.file.endsWith(".js")) continue;
  const size = gzipped(chunk.file);
  if (first.has(key)) totals["opened by a link"] += size;
  if (widget.has(key)) totals["opened as a widget"] += size;
  const when = first.has(key) ? "first " : widget.has(key) ? "widget" : "later ";
  console.log(`${when}  ${size.toFixed(1).padStart(7)} kB  ${chunk.file}`);
}
for (const [how, total] of Object.entries(totals)) {
  console.log(`${how}: ${total.toFixed(1)} kB of JavaScript gzipped, ${LIMIT_KB} kB at most`);
  if (total > LIMIT_KB) process.exitCode = 1;
}
