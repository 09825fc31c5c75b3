import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { listRepositoryFiles } from "../lib/repository.ts";

const PRIVATE_PLACES: [RegExp, string][] = [
  [/^data\//, "lies in the data folder of an installation"],
  [/(?:^|\/)\.env(?:\.(?!example$)[^/]+)?$/, "holds the settings of an installation"],
  [/(?:^|\/)(?:creds\.json|setup-code|master-key)$/, "is a credential of an installation"],
  [/\.(?:db|sqlite3?)(?:-(?:wal|shm))?$/, "is a database"],
];
const SECRET_CONTENTS: [RegExp, string][] = [
  [/-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s+[A-Za-z0-9+/]{24}/, "holds a private key (PEM)"],
  [/"kty"[^{}]*"d"\s*:\s*"[\w-]{40,}"|"d"\s*:\s*"[\w-]{40,}"[^{}]*"kty"/, "holds a private key (JWK)"],
  [
    /"(?:noiseKey|signedIdentityKey)"\s*:\s*\{\s*"private"[^}]{0,60}[A-Za-z0-9+/]{40}/,
    "holds the credentials of a WhatsApp session",
  ],
];

/** Finds files in git, or about to be, that hold a private key or belong to an installation. Never quotes what it found. */
export async function findCommittedSecrets(root: string): Promise<string[]> {
  const problems: string[] = [];
  for (const file of await listRepositoryFiles(root)) {
    const text = await readFile(join(root, file), "latin1").catch(ifDeleted);
    const places = PRIVATE_PLACES.filter(([pattern]) => pattern.test(file));
    const contents = SECRET_CONTENTS.filter(([pattern]) => pattern.test(text));
    problems.push(...[...places, ...contents].map(([, what]) => `${file} ${what}`));
  }
  return problems;
}

function ifDeleted(err: NodeJS.ErrnoException): string {
  if (err.code !== "ENOENT" && err.code !== "EISDIR") {
    throw err;
  }
  return "";
}
