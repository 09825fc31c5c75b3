/**
 * Bundles one server: `bundle.ts <entry> <output> [packages to leave out]`. A program of its own, so that the bundler's
 * memory is given back before the product runs.
 */
import { rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { build } from "rolldown";
import { ROOT } from "./lib/settings.ts";

const [entry = "", output = "", ...externals] = process.argv.slice(2);
const folder = join(ROOT, dirname(output));

try {
  await rm(folder, { recursive: true, force: true });
  // Unminified, so that a stack trace names the real functions. What the sources import later stays a file of its own: a
  // package left out would otherwise be loaded first of all, and the worker must repair libsignal before that.
  await build({
    input: join(ROOT, entry),
    platform: "node",
    external: [/^node:/, ...externals.map((name) => new RegExp(`^${name}(/|$)`))],
    logLevel: "warn",
    output: { dir: folder, format: "esm", entryFileNames: basename(output), chunkFileNames: "[name]-[hash].mjs" },
  });
} catch (err) {
  process.stderr.write(`${err instanceof Error ? err.message : err}\n`);
  process.exitCode = 1;
}
