/** `npm run verify`: format, lint, types, imports, unused code, generated files. Needs no database and no browser. */
import { formatSeconds } from "./lib/output.ts";
import { runSteps } from "./lib/steps.ts";
import { verifySteps } from "./lib/verify-steps.ts";

/** The machines of CI have two cores. */
const CONCURRENCY = 2;

const startedMs = performance.now();
const { passed, failed } = await runSteps(verifySteps(), CONCURRENCY);
console.log(`${passed} passed, ${failed} failed in ${formatSeconds(performance.now() - startedMs)}`);
process.exitCode = failed > 0 ? 1 : 0;
