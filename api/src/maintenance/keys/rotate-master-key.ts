import type { ServiceContext } from "@switchboard/core/context";
import type { MasterKey } from "@switchboard/core/crypto/master-key";
import { type MasterKeyState, readMasterKeyState } from "@switchboard/core/services/keys-rotation/master-key-state";
import {
  countByMasterKey,
  type MasterKeyUse,
  rewrapUnderMasterKey,
} from "@switchboard/core/services/keys-rotation/rotate-master-key";
import { type BetweenSteps, putNewKeyInPlace, readKeyFile } from "@switchboard/host/key-files";
import { decodeMasterKey, masterKeyFileOf, newMasterKeyText } from "@switchboard/host/master-key-file";
import { MaintenanceError } from "../failures.ts";
import type { Machine } from "../machine.ts";
import { eachSecond } from "../progress.ts";

/** What is to be done, and where the key lies. */
interface Standing {
  readonly ctx: ServiceContext;
  /** null: the key is in the environment. */
  readonly file: string | null;
  readonly current: MasterKey;
  readonly uses: readonly MasterKeyUse[];
  readonly state: MasterKeyState | null;
}

/**
 * Rotates the master key, or goes on with a rotation that was ended. With a key file the command makes the new key itself, and
 * processes that run find it. With the key in the environment its owner has put the new one there, and the old one
 * into MASTER_KEY_PREVIOUS. `between` is for tests.
 */
export async function rotateMasterKey(
  machine: Machine,
  { plan }: { readonly plan?: true },
  between?: BetweenSteps,
): Promise<void> {
  const standing = await look(machine);
  if (plan) return tellPlan(machine, standing);
  const target = needsNewKey(standing) ? await makeNewKey(machine, standing, between) : standing.current;
  const { output, interrupted } = machine;
  const onProgress = eachSecond((done, total) => output.progress(`Wrapped again: ${done} of ${total}`));
  const steps = { onProgress, shouldStop: () => interrupted.aborted };
  const { rewrapped, isComplete } = await rewrapUnderMasterKey(standing.ctx, target, steps);
  if (!isComplete) throw interruptedAt(rewrapped);
  const former = standing.uses.map(({ masterKeyId }) => masterKeyId).filter((id) => id !== target.id);
  output.result({ masterKeyId: target.id, formerKeyIds: former, rewrapped, isComplete }, [
    `Done: ${rewrapped} wrapped again, and everything is under master key ${target.id}.`,
    ...afterwards(standing, former),
  ]);
}

async function look(machine: Machine): Promise<Standing> {
  const ctx = await machine.open();
  const { MASTER_KEY: value, MASTER_KEY_FILE, DATA_DIR: dataDir } = machine.settings();
  const file = masterKeyFileOf({ value, file: MASTER_KEY_FILE, dataDir });
  const [uses, state] = [await countByMasterKey(ctx), await readMasterKeyState(ctx.db.reader)];
  return { ctx, file, current: ctx.keyring.master.current, uses, state };
}

const othersThan = ({ uses, current }: Standing): readonly MasterKeyUse[] =>
  uses.filter(({ masterKeyId }) => masterKeyId !== current.id);

/** false: there is something left to be wrapped again, or a rotation to be noted as done. */
const needsNewKey = (standing: Standing): boolean =>
  othersThan(standing).length === 0 && (standing.state === null || standing.state.completedAtMs !== null);

async function makeNewKey(machine: Machine, standing: Standing, between?: BetweenSteps): Promise<MasterKey> {
  const { file, ctx } = standing;
  const settings = machine.settings();
  if (file === null) throw nothingToDo(settings.MASTER_KEY_PREVIOUS !== null);
  if (!settings.derived.isEmbedded) throw sharedKey(file);
  const presentText = await readKeyFile(file);
  if (presentText === null) throw new MaintenanceError("master-key", `There is no master key at ${file}.`);
  const idOf = async (text: string) => (await decodeMasterKey(text, `${file}.previous`)).id;
  await putNewKeyInPlace(file, { newText: newMasterKeyText(), presentText, idOf }, between);
  const key = await decodeMasterKey((await readKeyFile(file)) ?? "", file);
  machine.output.progress(`The new master key ${key.id} is in ${file}; the one before is in ${file}.previous.`);
  // Looked up as every other process does it, so that what does not work here works nowhere.
  return ctx.keyring.master.find(key.id);
}

function tellPlan({ output }: Machine, standing: Standing): void {
  const others = othersThan(standing);
  const rows = others.reduce((sum, use) => sum + use.rows, 0);
  const isNew = needsNewKey(standing);
  const all = standing.uses.reduce((sum, use) => sum + use.rows, 0);
  const place = standing.file ?? "MASTER_KEY";
  output.result({ place, masterKeyId: standing.current.id, uses: standing.uses, state: standing.state, isNew }, [
    `The master key is ${standing.current.id}, from ${place}.`,
    ...standing.uses.map((use) => `  under ${use.masterKeyId}: ${use.rows} keys and secrets`),
    isNew
      ? `A rotation would make a new key and wrap ${all} again.`
      : `A rotation is under way: ${rows} are left to be wrapped again.`,
    "Nothing was changed.",
  ]);
}

function afterwards({ file }: Standing, former: readonly string[]): readonly string[] {
  const backups = `Backups made until now need the former key${former.length === 0 ? "" : ` (${former.join(", ")})`}: keep it with them.`;
  if (file === null)
    return [
      "MASTER_KEY_PREVIOUS may go at the next restart, once every process has been restarted with both keys.",
      backups,
    ];
  return [
    `The former key stays in ${file}.previous; nothing in the database needs it any more.`,
    backups,
    "Back up the new key now, apart from the database.",
  ];
}

const interruptedAt = (rewrapped: number) =>
  new MaintenanceError(
    "interrupted",
    `Interrupted after ${rewrapped}. The installation works on; both keys are needed until it is done.`,
    "Run the same command again to go on.",
    130,
  );

function nothingToDo(hasPrevious: boolean): MaintenanceError {
  const make = `node -p "require('crypto').randomBytes(32).toString('base64url')"`;
  return hasPrevious
    ? new MaintenanceError(
        "nothing-to-do",
        "Everything is under MASTER_KEY already: MASTER_KEY_PREVIOUS may go at the next restart.",
        `To rotate again: put the present key into MASTER_KEY_PREVIOUS and a new one (${make}) into MASTER_KEY.`,
      )
    : new MaintenanceError(
        "needs-new-key",
        "The master key is in the environment, where this command cannot put a new one.",
        `Put the present key into MASTER_KEY_PREVIOUS and a new one (${make}) into MASTER_KEY, restart every process with both, and run this again.`,
      );
}

const sharedKey = (file: string) =>
  new MaintenanceError(
    "needs-new-key",
    "The database is on a server, and other machines may hold the same master key: this command makes no new one here.",
    `On every machine: rename ${file} to ${file}.previous and put the new key into ${file} (mode 0600). Processes that run find it. Then run this again.`,
  );
