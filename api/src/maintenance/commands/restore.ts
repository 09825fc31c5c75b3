import type { AddCommand } from "../command.ts";
import { databaseFileOf } from "../database/database-file.ts";
import { exitCodes, MaintenanceError } from "../failures.ts";
import type { Machine } from "../machine.ts";
import { readPresent } from "../restore/present-database.ts";
import { linesOfRecovery, recoverEverything } from "../restore/recover-everything.ts";
import { restoreBackup } from "../restore/restore.ts";

interface Options {
  readonly force?: true;
  readonly evenIfRunning?: true;
  readonly keyFile?: string;
  readonly inPlace?: true;
}

/** restore: puts a backup back, and has every bot recover its session. */
export const addRestore: AddCommand = (program, machine) => {
  program
    .command("restore [folder]")
    .description("puts a backup back while nothing runs, and has every bot recover its session")
    .option("--force", "replace the database that is there; it is kept aside")
    .option("--even-if-running", "do not look whether the product runs")
    .option("--key-file <file>", "the master key of the backup, where this machine has none")
    .option("--in-place", "no folder: the database was put back by other means, and only the recovery is left to do")
    .action((folder: string | undefined, options: Options) => restore(machine, folder, options));
};

async function restore(machine: Machine, folder: string | undefined, options: Options): Promise<void> {
  if ((folder === undefined) === (options.inPlace === undefined))
    throw new MaintenanceError("usage", "Name the folder of a backup, or give --in-place.", null, exitCodes.usage);
  if (folder === undefined) return recoverInPlace(machine, options);
  const result = await restoreBackup(machine, {
    folder: machine.path(folder),
    mayReplace: options.force === true,
    mayRun: options.evenIfRunning === true,
    keyFile: options.keyFile === undefined ? null : machine.path(options.keyFile),
  });
  const { aside, manifest } = result;
  machine.output.result(result, [
    `The backup of ${manifest.madeAt} is in place.`,
    ...(result.migrations.length === 0 ? [] : [`  migrated: ${result.migrations.join(", ")}`]),
    ...[aside.database, ...aside.folders].filter((path) => path !== null).map((path) => `  kept aside: ${path}`),
    ...linesOfRecovery(result),
  ]);
}

/** For a server's database, and for a file that was copied by hand. */
async function recoverInPlace(machine: Machine, options: Options): Promise<void> {
  const settings = machine.settings();
  const present = await readPresent(settings, databaseFileOf(settings.derived.databaseUrl));
  if (present.signsOfLife.length > 0 && options.evenIfRunning !== true)
    throw new MaintenanceError(
      "running",
      `The product runs: ${present.signsOfLife.join("; ")}.`,
      "Stop every process first, on every machine. To go on in spite of it: --even-if-running.",
    );
  const ctx = await machine.open();
  const restored = { madeAt: null, knownEpoch: present.knownEpoch, replacedAuditSequence: null };
  const result = await recoverEverything(machine, ctx, restored);
  machine.output.result(result, ["The database is taken for one that was put back.", ...linesOfRecovery(result)]);
}
