/**
 * Builds the package that microservices install: `build-sdk.ts [folder]`, sdk/session/dist unless given. The folder can be
 * packed and published as it is; nothing in it needs this repository.
 */
import { resolve } from "node:path";
import { formatSeconds } from "./lib/output.ts";
import { buildSdkPackage } from "./lib/packages/build-sdk-package.ts";
import { ROOT } from "./lib/settings.ts";

const folder = resolve(ROOT, process.argv[2] ?? "sdk/session/dist");
const startedMs = performance.now();
try {
  await buildSdkPackage(folder);
  process.stdout.write(`Built @switchboard/sdk in ${formatSeconds(performance.now() - startedMs)}: ${folder}\n`);
} catch (err) {
  process.stderr.write(`${err instanceof Error ? err.message : err}\n`);
  process.exitCode = 1;
}
