/** `npm run bench`: runs each tests/bench/*.bench.ts by itself, one after the other, so that none disturbs another. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { findOrInstallChromium } from "./lib/chromium.ts";
import { ROOT } from "./lib/settings.ts";
import { EXIT_WITH_PARENT } from "./lib/supervisor.ts";

const FOLDER = join(ROOT, "tests/bench");

const filters = process.argv.slice(2);
const benchmarks = (await readdir(FOLDER).catch(() => []))
  .filter((file) => file.endsWith(".bench.ts"))
  .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
  .sort();
const failed: string[] = [];

if (benchmarks.includes("dashboard.bench.ts")) process.env.CHROMIUM_PATH = await findOrInstallChromium(process.env);

for (const file of benchmarks) {
  console.log(`\n== ${file}`);
  const result = await execa(process.execPath, ["--import", EXIT_WITH_PARENT, "--expose-gc", join(FOLDER, file)], {
    cwd: ROOT,
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
    reject: false,
  });
  if (result.failed) {
    failed.push(file);
  }
}

console.log(`\n${benchmarks.length - failed.length} benchmarks ran, ${failed.length} failed`);
for (const file of failed) {
  console.log(`  ${file}`);
}
process.exitCode = failed.length > 0 || benchmarks.length === 0 ? 1 : 0;
