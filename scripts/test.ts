/**
 * `npm test`: the checks, a build, and every test. Its very last line is `N passed, N failed`; the checks count as tests.
 * Arguments go to vitest (`npm test -- api`); the checks are then left out.
 */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { buildEdge, buildServers, buildWeb } from "./lib/build.ts";
import { findOrInstallChromium } from "./lib/chromium.ts";
import { COUNT_FILE_VARIABLE, type TestCount } from "./lib/count-reporter.ts";
import { ROOT } from "./lib/settings.ts";
import { runSteps, type StepCount } from "./lib/steps.ts";
import { EXIT_WITH_PARENT } from "./lib/supervisor.ts";
import { verifySteps } from "./lib/verify-steps.ts";

/** The machines of CI have two cores. */
const CONCURRENCY = 2;

const filters = process.argv.slice(2);
const checks = filters.length === 0 ? await runSteps(verifySteps(), CONCURRENCY) : { passed: 0, failed: 0 };
const preparation = await prepare();
const tests = await runTests();
const failed = checks.failed + preparation.failed + tests.failed;
if (tests.skipped > 0) {
  console.log(`${tests.skipped} tests were skipped`);
}
console.log(`${checks.passed + preparation.passed + tests.passed} passed, ${failed} failed`);
process.exit(failed > 0 || tests.passed === 0 ? 1 : 0);

/** Built here, once: the product tests each start the product, and would all build at the same time. */
async function prepare(): Promise<StepCount> {
  const isBrowserNeeded = existsSync(join(ROOT, "tests/e2e"));
  const steps = [
    { name: "build api and worker", run: () => passOrThrow(buildServers()) },
    { name: "build the api for the edge", run: () => passOrThrow(buildEdge()) },
    { name: "build web", run: () => passOrThrow(buildWeb()) },
    { name: "find a browser", run: () => passOrThrow(provideChromium()) },
  ];
  return runSteps(isBrowserNeeded ? steps : steps.slice(0, -1), 1);
}

async function passOrThrow(work: Promise<void>): Promise<string[]> {
  await work;
  return [];
}

/** The tests inherit it. */
async function provideChromium(): Promise<void> {
  process.env.CHROMIUM_PATH = await findOrInstallChromium(process.env);
}

async function runTests(): Promise<TestCount> {
  const folder = await mkdtemp(join(tmpdir(), "switchboard-test-"));
  const countFile = join(folder, "count.json");
  try {
    await execa(
      process.execPath,
      [
        ...["--import", EXIT_WITH_PARENT, join(ROOT, "node_modules/vitest/vitest.mjs"), "run"],
        ...["--reporter=default", `--reporter=${join(ROOT, "scripts/lib/count-reporter.ts")}`],
        ...filters,
      ],
      {
        cwd: ROOT,
        env: { CI: "true", [COUNT_FILE_VARIABLE]: countFile },
        stdin: "ignore",
        stdout: "inherit",
        stderr: "inherit",
        reject: false,
      },
    );
    return await readCount(countFile);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A run that ended before it could count has failed, whatever passed until then. */
async function readCount(file: string): Promise<TestCount> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch {
    console.log("The tests ended before they could be counted");
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
