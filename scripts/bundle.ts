/**
 * Bundles one server: `bundle.ts <node|edge> <entry> <output> [packages to leave out]`. A program of its own, so that the
 * bundler's memory is given back before the product runs.
 */
import { rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type BuildOptions, build } from "rolldown";
import { ROOT } from "./lib/settings.ts";

const [runtime = "", entry = "", output = "", ...externals] = process.argv.slice(2);
const folder = join(ROOT, dirname(output));

try {
  await rm(folder, { recursive: true, force: true });
  await build({
    input: join(ROOT, entry),
    external: [/^node:/, ...externals.map((name) => new RegExp(`^${name}(/|$)`))],
    logLevel: "warn",
    // Unminified, so that a stack trace names the real functions.
    ...(runtime === "edge" ? forEdge() : forNode()),
  });
} catch (err) {
  process.stderr.write(`${err instanceof Error ? err.message : err}\n`);
  process.exitCode = 1;
}

/**
 * What the sources import later stays a file of its own: a package left out would otherwise be loaded first of all, and
 * the worker must repair libsignal before that.
 */
function forNode(): BuildOptions {
  return {
    platform: "node",
    output: { dir: folder, format: "esm", entryFileNames: basename(output), chunkFileNames: "[name]-[hash].mjs" },
  };
}

/** One file, as a module worker is uploaded; packages give their variant for workerd where they have one. */
function forEdge(): BuildOptions {
  return {
    platform: "browser",
    resolve: { conditionNames: ["workerd", "worker", "import", "default"], mainFields: ["module", "main"] },
    output: { file: join(ROOT, output), format: "esm", codeSplitting: false },
  };
}
