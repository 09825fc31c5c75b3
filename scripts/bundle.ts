/**
 * Bundles one server: `bundle.ts <entry> <output> [packages to leave out]`. A program of its own, so that the bundler's
 * memory is given back before the product runs.
 */
import { rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { build } from "rolldown";
import { ROOT } from "./lib/settings.ts";

const [entry = "", output = "", ...externals] = process.argv.slice(2);

try {
  // Chunks of an earlier build would pile up beside the new ones.
  await rm(dirname(join(ROOT, output)), { recursive: true, force: true });
  // Unminified, so that a stack trace names the real functions. A dynamic import stays one: the worker must repair its
  // WhatsApp client before any chunk that imports the client is loaded.
  await build({
    input: join(ROOT, entry),
    platform: "node",
    external: [/^node:/, ...externals.map((name) => new RegExp(`^${name}(/|$)`))],
    logLevel: "warn",
    output: {
      dir: dirname(join(ROOT, output)),
      entryFileNames: basename(output),
      chunkFileNames: "[name]-[hash].mjs",
      format: "esm",
    },
  });
} catch (err) {
  process.stderr.write(`${err instanceof Error ? err.message : err}\n`);
  process.exitCode = 1;
}
