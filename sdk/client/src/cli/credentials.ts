import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { failedError } from "./cli-error.ts";

/** Who is signed in where. The token belongs to the url: it is never sent to another one. */
export interface StoredCredentials {
  readonly url: string;
  readonly token: string;
  readonly email: string;
  readonly expiresAt: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** SB_CONFIG, or switchboard/credentials.json in the folder for settings of the user (XDG base directories). */
export function credentialsFile(env: Environment): string {
  if (env.SB_CONFIG) return env.SB_CONFIG;
  return join(env.XDG_CONFIG_HOME || join(homedir(), ".config"), "switchboard", "credentials.json");
}

/** null when nobody is signed in. @throws CliError when the file cannot be read or is not ours */
export async function readCredentials(env: Environment): Promise<StoredCredentials | null> {
  const file = credentialsFile(env);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (err) {
    if (err instanceof Error && "code" in err && err.code === "ENOENT") return null;
    throw failedError(`${file} cannot be read.`, "Check its owner and mode, or name another file in SB_CONFIG.");
  }
  const stored = parse(text);
  if (!stored) throw failedError(`${file} does not hold credentials of sb.`, "Delete it and sign in with `sb login`.");
  return stored;
}

/** Replaces what is stored, readable by its owner only; a reader sees the old or the new, never a half. */
export async function saveCredentials(env: Environment, credentials: StoredCredentials): Promise<string> {
  const file = credentialsFile(env);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const next = `${file}.${process.pid}.new`;
  await writeFile(next, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600, flag: "w" });
  await chmod(next, 0o600);
  await rename(next, file);
  return file;
}

/** Safe when there are none. */
export async function forgetCredentials(env: Environment): Promise<void> {
  await rm(credentialsFile(env), { force: true });
}

function parse(text: string): StoredCredentials | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return null;
    const { url, token, email, expiresAt } = value as Readonly<Record<string, unknown>>;
    if (typeof url !== "string" || typeof token !== "string") return null;
    return { url, token, email: String(email ?? ""), expiresAt: String(expiresAt ?? "") };
  } catch {
    return null;
  }
}
