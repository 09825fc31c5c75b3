import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { listRepositoryFiles } from "../lib/repository.ts";

const PRODUCT_CODE = /^(?:core|db|host|api|worker|web|sdk)\/.+\.(?:ts|mjs|js|svelte)$/;
/** One place per process parses the settings; a command line reads what its user set. */
const MAY_READ = /(?:^|\/)env\.ts$|(?:^|\/)cli\/|(?:^|\/)(?:[\w-]+-)?cli\.ts$|^sdk\/examples\//;
const READS_ENVIRONMENT =
  /\bprocess\s*(?:\?\.|\.)\s*env\b|\bprocess\s*\[|\bimport\.meta\.env\b|["'](?:node:)?process["']/;

/** Finds product code that reads the environment outside env.ts and the command lines. */
export async function findEnvironmentAccess(root: string): Promise<string[]> {
  const problems: string[] = [];
  for (const file of await listRepositoryFiles(root)) {
    if (PRODUCT_CODE.test(file) && !MAY_READ.test(file)) {
      problems.push(...findInText(file, await readFile(join(root, file), "utf8")));
    }
  }
  return problems;
}

function findInText(file: string, text: string): string[] {
  return text
    .split("\n")
    .map((line, index) =>
      READS_ENVIRONMENT.test(line) ? `${file}:${index + 1} reads the environment: only env.ts may` : "",
    )
    .filter((problem) => problem !== "");
}
