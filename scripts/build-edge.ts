/** `npm run build:edge`: the api as one file, for workerd and platforms built on it. */
import { relative } from "node:path";
import { buildEdge, EDGE_WORKER_FILE } from "./lib/build.ts";
import { say } from "./lib/output.ts";
import { ROOT } from "./lib/settings.ts";
import { StartError } from "./lib/start-error.ts";

try {
  await buildEdge();
  say(`The module worker is ${relative(ROOT, EDGE_WORKER_FILE)}`);
} catch (err) {
  if (!(err instanceof StartError)) throw err;
  say(err.message);
  process.exitCode = 1;
}
