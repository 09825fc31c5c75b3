import { writeAudit } from "@switchboard/core/services/records";
import { readKeyFile } from "@switchboard/host/key-files";
import { masterKeyFileOf } from "@switchboard/host/master-key-file";
import { makeBackup } from "../backup/make-backup.ts";
import type { BackupManifest } from "../backup/manifest.ts";
import type { AddCommand } from "../command.ts";
import { MaintenanceError } from "../failures.ts";
import type { Machine } from "../machine.ts";

/** backup: a consistent copy, while the product runs. */
export const addBackup: AddCommand = (program, machine) => {
  program
    .command("backup <folder>")
    .description("a consistent copy of the database with a manifest, also while the product runs")
    .option("--with-key", "put the master key beside it: who has the folder then has every session")
    .action((folder: string, options: { readonly withKey?: true }) => backup(machine, folder, options));
};

async function backup(machine: Machine, given: string, { withKey }: { readonly withKey?: true }): Promise<void> {
  const folder = machine.path(given);
  // Opened first: a backup whose master key is lost is worth nothing, and its maker should hear of it now.
  const ctx = await machine.open();
  const masterKeyText = withKey ? await readMasterKeyText(machine) : null;
  const made = await makeBackup(machine, { folder, masterKeyText });
  const detail = { madeAt: made.madeAt, sha256: made.database.sha256, isMasterKeyIncluded: made.isMasterKeyIncluded };
  await ctx.db.write((tx) =>
    writeAudit(tx, ctx, { action: "installation.back-up", objectId: null, teamId: null, detail }),
  );
  if (made.isMasterKeyIncluded)
    machine.output.warning(
      "THE MASTER KEY IS IN THE BACKUP. Whoever reads the folder has every session in it. Keep it as you keep the key.",
    );
  machine.output.result({ folder, ...made }, linesOf(folder, made));
}

async function readMasterKeyText(machine: Machine): Promise<string> {
  const { MASTER_KEY: value, MASTER_KEY_FILE, DATA_DIR: dataDir } = machine.settings();
  if (value !== null) return value;
  const text = await readKeyFile(masterKeyFileOf({ value, file: MASTER_KEY_FILE, dataDir }) ?? "");
  if (text === null) throw new MaintenanceError("master-key", "There is no master key on this machine.");
  return text;
}

const linesOf = (folder: string, made: BackupManifest): readonly string[] => [
  `The backup of ${made.madeAt} is in ${folder}: ${(made.database.sizeBytes / 1e6).toFixed(1)} MB, checked.`,
  `  bots: ${made.counts.bots}, records of sessions: ${made.counts.auth_records}, people: ${made.counts.users}`,
  made.isMasterKeyIncluded
    ? "  with the master key"
    : `  needs the master key ${made.masterKeyIds.join(" and ")}, which is not in it: keep that elsewhere`,
];
