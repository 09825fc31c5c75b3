/**
 * Bundles one server: `bundle.ts <entry> <output> [packages to leave out]`. A program of its own, so that the bundler's
 * memory is given back before the product runs.
 */
import { join } from "node:path";
import { build } from "rolldown";
import { ROOT } from "./lib/settings.ts";

const [entry = "", output = "", ...externals] = process.argv.slice(2);

try {
  // Unminified, so that a stack trace names the real functions; one file, so that it is read at once.
  await build({
    input: join(ROOT, entry),
    platform: "node",
    external: [/^node:/, ...externals.map((name) => new RegExp(`^${name}(/|$)`))],
    logLevel: "warn",
    output: { file: join(ROOT, output), format: "esm", codeSplitting: false },
  });
} catch (err) {
  process.stderr.write(`${err instanceof Error ? err.message : err}\n`);
  process.exitCode = 1;
}
