import { existsSync } from "node:fs";
import { join } from "node:path";
import { findCommittedSecrets } from "../checks/committed-secrets.ts";
import { findDeadDocPaths } from "../checks/doc-paths.ts";
import { findEnvironmentAccess } from "../checks/environment-access.ts";
import { findMissingMigrations } from "../checks/migrations-in-step.ts";
import { ROOT } from "./settings.ts";
import { type Step, toolStep } from "./steps.ts";

const TYPED_PACKAGES = ["core", "db", "host", "api", "worker", "sdk/client", "sdk/session", "tests", "scripts"];
const BIOME_OPTIONS = ["--error-on-warnings", "--diagnostic-level=warn", "--colors=off"];
const CRUISED_FOLDERS = ["core", "db", "host", "api", "worker", "web", "sdk", "tests", "scripts"];

/** Everything that can be said of the code without running it. The slow ones come first, so that none is waited for alone. */
export function verifySteps(): Step[] {
  const web = join(ROOT, "web");
  // The framework writes the types of the routes before anything can be said of the pages.
  const sync = onceForAll(toolStep("", ["node_modules/@sveltejs/kit/svelte-kit.js", "sync"], web));
  // Not by the native compiler: it does not see the types of a snippet's parameters.
  const pages = toolStep("types web", ["node_modules/svelte-check/bin/svelte-check", "--threshold", "warning"], web);
  return [
    inOrder(sync, pages),
    inOrder(sync, toolStep("unused code (knip)", [tool("knip/bin/knip.js"), "--no-progress"])),
    toolStep("import rules", [tool("dependency-cruiser/bin/dependency-cruiser.mjs"), "--config", ...importRules()]),
    ...TYPED_PACKAGES.map((folder) => toolStep(`types ${folder}`, [tool("@typescript/native/bin/tsc"), "-p", folder])),
    { name: "migrations in step", run: () => findMissingMigrations(ROOT) },
    toolStep("openapi in step", ["api/src/openapi-cli.ts", "--check"]),
    toolStep("format and lint", [tool("@biomejs/biome/bin/biome"), "check", ...BIOME_OPTIONS]),
    { name: "cited paths exist", run: () => findDeadDocPaths(ROOT) },
    { name: "environment read in env.ts", run: () => findEnvironmentAccess(ROOT) },
    { name: "no secrets in git", run: () => findCommittedSecrets(ROOT) },
  ].filter((step) => isPossible(step.name));
}

/** Runs once, whoever asks first; everybody gets the same answer. */
function onceForAll(step: Step): Step {
  let answer: Promise<string[]> | undefined;
  return {
    name: step.name,
    run: () => {
      answer ??= step.run();
      return answer;
    },
  };
}

/** A step that needs another one first, and is not run when that finds something. */
const inOrder = (first: Step, step: Step): Step => ({
  name: step.name,
  run: async () => {
    const problems = await first.run();
    return problems.length > 0 ? problems : step.run();
  },
});

function importRules(): string[] {
  return [".dependency-cruiser.mjs", ...CRUISED_FOLDERS.filter((folder) => existsSync(join(ROOT, folder)))];
}

function isPossible(name: string): boolean {
  return name !== "openapi in step" || existsSync(join(ROOT, "api/src/openapi-cli.ts"));
}

function tool(path: string): string {
  return join(ROOT, "node_modules", path);
}
