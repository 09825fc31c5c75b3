import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Resolves from this file, so that a bundle and the sources find the same installed packages. */
export const requireFromHere: NodeJS.Require = createRequire(import.meta.url);

const PINNED_BAILEYS_VERSION = "7.0.0-rc14";
const PINNED_LIBSIGNAL_VERSION = "6.0.0";

/** SHA-256 of every libsignal file that a repair replaces or re-evaluates, in the order in which they must be loaded. */
const PINNED_LIBSIGNAL_FILES = {
  "queue_job.js": "d581518bab0da98ddc71cd6616bab769e0de413ec007454b7d42804ee3f244f3",
  "curve.js": "a45c682103f1ab047a24497db2175dec5605495d8c0f4c11354b347d31950f6a",
  "session_record.js": "604d6d8ded9d316f7e8367c45759f6449be743c5aabe142db3412eff4e89ab35",
  "session_builder.js": "e5bad7e4bf4a7164b7d2a8a37e3ab07988936b7bfc2fcdad684ac358b7981afb",
  "session_cipher.js": "031b3282489ffec6a0cab23520bdf956a5bf4d15c57cb868e89fa6643255cd2b",
} as const;

/** A libsignal file that prints, queues or steps a ratchet. */
export type LibsignalFile = keyof typeof PINNED_LIBSIGNAL_FILES;

/** The repaired libsignal files, each after the ones it requires. */
export const LIBSIGNAL_FILES: readonly LibsignalFile[] = [
  "queue_job.js",
  "curve.js",
  "session_record.js",
  "session_builder.js",
  "session_cipher.js",
];

/** The client is not the one the repairs were written for, or was loaded too early. The process must not connect. */
export class RepairError extends Error {
  override readonly name = "RepairError";
}

/** Absolute path of a file of Baileys' own libsignal; also its key in `require.cache`. */
export function libsignalPath(file: LibsignalFile): string {
  return requireFromBaileys().resolve(`libsignal/src/${file}`);
}

/**
 * Compares the installed packages with the pinned versions and file hashes.
 * @throws RepairError on any difference, or when Baileys is not installed.
 */
export function assertPinnedSources(): void {
  assertVersion("Baileys", PINNED_BAILEYS_VERSION, join(dirname(baileysEntry()), "..", "package.json"));
  assertVersion("libsignal", PINNED_LIBSIGNAL_VERSION, requireFromBaileys().resolve("libsignal/package.json"));
  for (const file of LIBSIGNAL_FILES) {
    const hash = createHash("sha256")
      .update(readFileSync(libsignalPath(file)))
      .digest("hex");
    if (hash !== PINNED_LIBSIGNAL_FILES[file]) throw new RepairError(`libsignal/src/${file} is not the pinned file`);
  }
}

function baileysEntry(): string {
  try {
    return requireFromHere.resolve("@whiskeysockets/baileys");
  } catch (cause) {
    throw new RepairError(`@whiskeysockets/baileys ${PINNED_BAILEYS_VERSION} must be installed`, { cause });
  }
}

/** As Baileys sees its dependencies: a program may have another libsignal, and need not see Baileys' own at all. */
const requireFromBaileys = (): NodeJS.Require => createRequire(baileysEntry());

function assertVersion(name: string, pinned: string, packageFile: string): void {
  const manifest: unknown = JSON.parse(readFileSync(packageFile, "utf8"));
  const installed = typeof manifest === "object" && manifest !== null && "version" in manifest ? manifest.version : "";
  if (installed !== pinned) throw new RepairError(`${name} is ${String(installed)}, the repairs are for ${pinned}`);
}
