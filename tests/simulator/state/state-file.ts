import { readFile, rename, writeFile } from "node:fs/promises";
import type { Randomness } from "../crypto/randomness.ts";
import { CertificateAuthority } from "../wire/certificates.ts";
import { World } from "../world.ts";
import { restoreWorld } from "./restore-world.ts";
import { saveWorld } from "./save-world.ts";
import { worldStateSchema } from "./world-state.ts";

/** Reads a saved world; a new one when there is no file. @throws when the file holds something else */
export async function loadWorld(path: string | null, randomness: Randomness): Promise<World> {
  const text = path === null ? null : await readIfPresent(path);
  if (text === null) return new World(randomness, new CertificateAuthority(randomness));
  return restoreWorld(worldStateSchema.parse(JSON.parse(text)), randomness);
}

/** Writes a world, readable for its owner only. A crash leaves the old file or the new one, never half of one. */
export async function storeWorld(world: World, path: string): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify(saveWorld(world)), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

async function readIfPresent(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (err) {
    if (err instanceof Error && "code" in err && err.code === "ENOENT") return null;
    throw err;
  }
}
