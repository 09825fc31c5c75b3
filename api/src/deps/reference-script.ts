import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { ReadReferenceScript, ReferenceScript } from "../docs-page/reference-script.ts";
import { SCRIPT_PREAMBLE } from "../docs-page/script-preamble.ts";

/** Names the script in its address; long enough that no two versions share it. */
const HASH_LENGTH = 16;

const compress = promisify(gzip);

/** Reads the script from the installed package, of which it is the only file that is used. */
export function openReferenceScript(): ReadReferenceScript {
  let script: Promise<ReferenceScript> | null = null;
  return () => {
    script ??= readScript().catch((err: unknown) => {
      script = null;
      throw err;
    });
    return script;
  };
}

async function readScript(): Promise<ReferenceScript> {
  const packageEntry = import.meta.resolve("@scalar/api-reference");
  const text = await readFile(new URL("browser/standalone.js", packageEntry), "utf8");
  const served = `${SCRIPT_PREAMBLE}${text}`;
  const hash = createHash("sha256").update(served).digest("base64url").slice(0, HASH_LENGTH);
  return { hash, gzipped: new Uint8Array(await compress(served)) };
}
