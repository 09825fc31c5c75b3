import { stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { masterKeyFileOf, readMasterKeysBeside } from "@switchboard/host/master-key-file";
import { type Check, type Finding, findingsOf } from "./finding.ts";

/** Free room of the disk under which whoever runs the machine should hear of it, and under which writes will soon fail. */
const FREE_SHARE_WARNING = 0.15;
const FREE_SHARE_ERROR = 0.03;

/** What the settings themselves say at each start. */
export const checkSettings: Check = async ({ settings }) => {
  const { ok, warning } = findingsOf("settings");
  const warnings = settings.derived.warnings.map((text) => warning(text, "Take the setting away unless you mean it."));
  return warnings.length === 0 ? [ok("every setting is good")] : warnings;
};

/** Room on the disk of DATA_DIR. */
export const checkDisk: Check = async ({ settings }) => {
  const { ok, warning, error } = findingsOf("disk");
  const { bavail, blocks, bsize } = await statfs(settings.DATA_DIR);
  const share = blocks === 0 ? 1 : bavail / blocks;
  const text = `${Math.round(share * 100)} % of the disk of ${settings.DATA_DIR} are free (${((bavail * bsize) / 1e9).toFixed(1)} GB)`;
  if (share < FREE_SHARE_ERROR) return [error(text, "Make room now: bots stop when a session cannot be written.")];
  return [share < FREE_SHARE_WARNING ? warning(text, "Make room: nothing is sent that cannot be written.") : ok(text)];
};

/** Who else may read what is secret. */
export const checkModes: Check = async ({ settings }) => {
  const { ok, warning, error } = findingsOf("file modes");
  const { DATA_DIR, MASTER_KEY: value, MASTER_KEY_FILE } = settings;
  const keyFile = masterKeyFileOf({ value, file: MASTER_KEY_FILE, dataDir: DATA_DIR });
  const secret = [...(keyFile === null ? [] : [keyFile, `${keyFile}.previous`]), join(DATA_DIR, "setup-code")];
  const findings: Finding[] = [];
  for (const path of secret)
    if (await isOpenToOthers(path, 0o077))
      findings.push(error(`${path} can be read by other users of this machine`, `chmod 600 ${path}`));
  if (await isOpenToOthers(DATA_DIR, 0o007))
    findings.push(warning(`${DATA_DIR} can be entered by every user of this machine`, `chmod 700 ${DATA_DIR}`));
  return findings.length === 0 ? [ok("what is secret is readable by its owner only")] : findings;
};

/** Former keys that are still on the machine. */
export const checkFormerKeys: Check = async ({ settings }) => {
  const { ok } = findingsOf("former keys");
  const { DATA_DIR, MASTER_KEY: value, MASTER_KEY_FILE } = settings;
  const keyFile = masterKeyFileOf({ value, file: MASTER_KEY_FILE, dataDir: DATA_DIR });
  const former = keyFile === null ? [] : (await readMasterKeysBeside(keyFile)).slice(1);
  const ids = [...new Set(former.map(({ id }) => id))];
  return [ok(ids.length === 0 ? "none on this machine" : `${ids.join(", ")}: kept for backups of their time`)];
};

async function isOpenToOthers(path: string, mask: number): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found !== null && (found.mode & mask) !== 0;
}
