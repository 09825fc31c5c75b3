import { mkdir, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { randomBytes } from "@switchboard/core/crypto/bytes";
import type { SetupCode } from "../app-deps.ts";

/** Crockford's letters: none is taken for another when the code is copied by hand. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const GROUPS = 4;
const GROUP_LENGTH = 5;

/** The setup code of an installation, in a file that only its owner can read. Two processes may share the file. */
export function openSetupCode(dataDir: string): SetupCode & { readonly file: string; ensure(): Promise<string> } {
  const file = join(dataDir, "setup-code");
  return {
    file,
    read: () => readCode(file),
    forget: () => rm(file, { force: true }),
    ensure: async () => {
      await mkdir(dataDir, { recursive: true, mode: 0o700 });
      return createOnce(file);
    },
  };
}

async function readCode(file: string): Promise<string | null> {
  try {
    return (await readFile(file, "utf8")).trim() || null;
  } catch (err) {
    if (isFailure(err, "ENOENT")) return null;
    throw err;
  }
}

/** Makes the file or, when it is there already, reads it. */
async function createOnce(file: string): Promise<string> {
  const known = await readCode(file);
  if (known !== null) return known;
  const code = randomCode();
  try {
    const handle = await open(file, "wx", 0o600);
    await handle.writeFile(`${code}\n`);
    await handle.close();
    return code;
  } catch (err) {
    if (!isFailure(err, "EEXIST")) throw err;
    return (await readCode(file)) ?? code;
  }
}

/** 100 random bits. */
const randomCode = (): string =>
  Array.from({ length: GROUPS }, () =>
    Array.from(randomBytes(GROUP_LENGTH), (byte) => ALPHABET[byte & 31]).join(""),
  ).join("-");

const isFailure = (err: unknown, code: string): boolean => err instanceof Error && "code" in err && err.code === code;
