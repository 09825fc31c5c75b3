import { type AuditVerification, verifyAudit } from "@switchboard/core/services/audit/verify-audit";
import { checkpointFolder, readCheckpointFiles } from "@switchboard/host/audit-checkpoint-files";
import type { AddCommand } from "../command.ts";
import type { Machine } from "../machine.ts";

/** audit verify: walks the whole chain, checks every signature, and compares with the copies of the checkpoints. */
export const addAuditVerify: AddCommand = (program, machine) => {
  program
    .command("audit")
    .description("the audit's chain")
    .command("verify")
    .description("whether the audit is whole and unchanged; exit code 1 when it is not")
    .action(() => verify(machine));
};

/** Progress is told at most so often: every tenth of the way. */
const PROGRESS_STEPS = 10;

async function verify(machine: Machine): Promise<void> {
  // The copies are read first: then none of them can be newer than what is looked at.
  const copies = await readCheckpointFiles(checkpointFolder(machine.settings().DATA_DIR));
  const ctx = await machine.open();
  let told = 0;
  const onProgress = (rows: number, of: number) => {
    const step = Math.floor((rows / of) * PROGRESS_STEPS);
    if (step > told && rows < of) machine.output.progress(`${rows} of ${of} rows`);
    told = Math.max(told, step);
  };
  const result = await verifyAudit(ctx, { copies, onProgress, signal: machine.interrupted });
  if (!result.isWhole) machine.foundProblems();
  machine.output.result(result, linesOf(result));
}

function linesOf(result: AuditVerification): string[] {
  const { findings, findingCount } = result;
  const rest = findingCount - findings.length;
  return [
    result.isWhole ? summaryOf(result) : `The audit was tampered with, or put back: ${findingCount} findings.`,
    ...findings.map(({ kind, message }) => `  ${kind}: ${message}`),
    ...(rest > 0 ? [`  and ${rest} more`] : []),
    ...notesOf(result),
  ];
}

function summaryOf({ rows, beginsAfter, lastSequence, checkpoints }: AuditVerification): string {
  if (beginsAfter === null) return "There is no chained audit yet.";
  return `The audit is whole: ${rows} rows from ${beginsAfter + 1} to ${lastSequence}, ${checkpoints} checkpoints.`;
}

/** What nobody could say, so that a good answer is not taken for more than it is. */
function notesOf({ unchainedRows, unsignedRows, copiedCheckpoints, checkpoints }: AuditVerification): string[] {
  return [
    ...(unchainedRows > 0 ? [`${unchainedRows} rows are from before the chain: nothing vouches for them.`] : []),
    ...(unsignedRows > 0
      ? [`${unsignedRows} rows came after the last checkpoint and are chained, not signed yet.`]
      : []),
    ...(copiedCheckpoints === null && checkpoints > 0
      ? ["There is no copy of the checkpoints in DATA_DIR/audit: a database that was put back would not be noticed."]
      : []),
    ...(copiedCheckpoints === null ? [] : [`Compared with ${copiedCheckpoints} copied checkpoints.`]),
  ];
}
