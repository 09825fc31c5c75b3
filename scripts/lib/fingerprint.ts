import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "./settings.ts";

/** Something built from sources: where it comes out, and what it depends on. Paths are relative to the repository. */
export type BuildTarget = {
  name: string;
  /** The file whose presence shows that the build ended. */
  output: string;
  /** Lies beside the output; says from which sources it was built. */
  stamp: string;
  sources: string[];
};

/** The hash of everything the target is built from, file names and contents; tests do not count. */
export async function fingerprintSources(target: BuildTarget): Promise<string> {
  const hash = createHash("sha256");
  for (const source of target.sources) {
    for (const file of await listFiles(source)) {
      hash.update(`${file}\0`).update(await readFile(join(ROOT, file)));
    }
  }
  return hash.digest("hex");
}

/** Whether the output is there and was built from exactly these sources. */
export async function isUpToDate(target: BuildTarget, fingerprint: string): Promise<boolean> {
  if (!existsSync(join(ROOT, target.output)) || !existsSync(join(ROOT, target.stamp))) {
    return false;
  }
  return (await readFile(join(ROOT, target.stamp), "utf8")) === fingerprint;
}

/** Runs the build so that a build that was cut short is never taken for a finished one. */
export async function buildWithStamp(
  target: BuildTarget,
  fingerprint: string,
  build: () => Promise<void>,
): Promise<void> {
  await rm(join(ROOT, target.stamp), { force: true });
  await build();
  await writeFile(join(ROOT, target.stamp), fingerprint);
}

async function listFiles(path: string): Promise<string[]> {
  const entries = await readdir(join(ROOT, path), { recursive: true, withFileTypes: true }).catch(ifNotFolder);
  if (entries === undefined) {
    return existsSync(join(ROOT, path)) ? [path] : [];
  }
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".test.ts"))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
    .sort();
}

function ifNotFolder(err: NodeJS.ErrnoException): undefined {
  if (err.code !== "ENOTDIR" && err.code !== "ENOENT") {
    throw err;
  }
}
