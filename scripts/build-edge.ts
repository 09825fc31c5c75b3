/** `npm run build:edge`: the api as one file, for workerd and platforms built on it. */
import { relative } from "node:path";
import { buildEdge } from "./lib/build.ts";
import { say } from "./lib/output.ts";
import { ROOT } from "./lib/settings.ts";
import { StartError } from "./lib/start-error.ts";

try {
  say(`The module worker is ${relative(ROOT, await buildEdge())}`);
} catch (err) {
  if (!(err instanceof StartError)) throw err;
  say(err.message);
  process.exitCode = 1;
}
