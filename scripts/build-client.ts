/**
 * Builds the package that other repositories install: `build-client.ts [folder]`, sdk/client/dist unless given. The
 * folder can be packed and published as it is; nothing in it needs this repository.
 */
import { resolve } from "node:path";
import { formatSeconds } from "./lib/output.ts";
import { buildClientPackage } from "./lib/packages/build-client-package.ts";
import { ROOT } from "./lib/settings.ts";

const folder = resolve(ROOT, process.argv[2] ?? "sdk/client/dist");
const startedMs = performance.now();
try {
  await buildClientPackage(folder);
  process.stdout.write(`Built @switchboard/client in ${formatSeconds(performance.now() - startedMs)}: ${folder}\n`);
} catch (err) {
  process.stderr.write(`${err instanceof Error ? err.message : err}\n`);
  process.exitCode = 1;
}
