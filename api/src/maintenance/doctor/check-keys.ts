import { WrongMasterKeyError } from "@switchboard/core/crypto/master-key";
import { DATA_KEY_USES_MAX, listDataKeys } from "@switchboard/core/services/keys-rotation/data-key-standing";
import { readMasterKeyState } from "@switchboard/core/services/keys-rotation/master-key-state";
import { listWrapped, openWrapped, WrapBrokenError } from "@switchboard/core/services/keys-rotation/wrapped-rows";
import { type Check, type Finding, findingsOf } from "./finding.ts";

/** Whether every wrapped secret and data key opens with the master keys of this machine, and under which they are. */
export const checkMasterKey: Check = async ({ db, masterKeys, settings }) => {
  const { ok, warning, error } = findingsOf("master key");
  if (db === null) return [];
  if (masterKeys === null)
    return [
      error(
        "there is no master key that can be used",
        "Put it back from where you keep it; nothing else opens the data.",
      ),
    ];
  const rows = await listWrapped(db.reader);
  const findings: Finding[] = [];
  const unknown = new Set<string>();
  for (const row of rows) {
    const failure = await openWrapped(masterKeys, row).then(
      () => null,
      (err: unknown) => err,
    );
    if (failure instanceof WrongMasterKeyError) unknown.add(row.masterKeyId);
    else if (failure instanceof WrapBrokenError)
      findings.push(
        error(failure.message, "Somebody changed the row: put a backup back, and look who can write to the database."),
      );
    else if (failure !== null) throw failure;
  }
  for (const id of unknown)
    findings.push(
      error(
        `${rows.filter((row) => row.masterKeyId === id).length} rows are under master key ${id}, which is not on this machine`,
        "Bring the key: as <key file>.previous, or as MASTER_KEY_PREVIOUS.",
      ),
    );
  const former = rows.filter((row) => row.masterKeyId !== masterKeys.current.id).length;
  const state = await readMasterKeyState(db.reader);
  const rotate = "Run rotate master-key; it goes on where it ended.";
  if (former > 0) findings.push(warning(`${former} of ${rows.length} rows are under a former master key`, rotate));
  else if (state !== null && state.completedAtMs === null)
    findings.push(warning("a rotation was not noted as done", rotate));
  else if (settings.MASTER_KEY_PREVIOUS !== null)
    findings.push(
      warning("MASTER_KEY_PREVIOUS is set, and nothing in the database needs it", "Take it away at the next restart."),
    );
  return findings.length === 0 ? [ok(`${masterKeys.current.id} opens all ${rows.length} keys and secrets`)] : findings;
};

/** Whether data keys are replaced in time. */
export const checkDataKeys: Check = async ({ db, nowMs }) => {
  const { ok, warning } = findingsOf("data keys");
  if (db === null) return [];
  const all = await listDataKeys({ db, clock: { nowMs: () => nowMs } });
  const due = all.filter((bot) => bot.due !== null);
  const left = all.filter((bot) => bot.retiredKeyIds.length > 0);
  const findings: Finding[] = [];
  if (due.length > 0)
    findings.push(
      warning(
        `${due.length} of ${all.length} bots are due for a new one (${DATA_KEY_USES_MAX} uses, 90 days, or a restored backup)`,
        "A worker does it within the hour; rotate data-keys does it now.",
      ),
    );
  if (left.length > 0)
    findings.push(
      warning(
        `${left.length} bots still have former ones`,
        "A worker deletes them within a day, unless doctor --deep finds records that do not open.",
      ),
    );
  return findings.length === 0 ? [ok(`${all.length} bots have one, none is due`)] : findings;
};
