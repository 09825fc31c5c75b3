import type { ServiceContext } from "@switchboard/core/context";
import { type ClosedSessions, closeRestoredSessions } from "@switchboard/core/services/system/close-restored-sessions";
import {
  type RecoveryAfterRestore,
  type Restored,
  recoverAfterRestore,
} from "@switchboard/core/services/system/recover-after-restore";
import type { Machine } from "../machine.ts";

/** All that was done to a database that was put back. */
export type Recovery = RecoveryAfterRestore & ClosedSessions;

/** Makes a database that was put back safe to be used: leases, tokens and answers first, then what sessions would send from. */
export async function recoverEverything(machine: Machine, ctx: ServiceContext, restored: Restored): Promise<Recovery> {
  machine.output.progress("Ending leases, tokens and answers of the time that is lost");
  const recovery = await recoverAfterRestore(ctx, restored);
  machine.output.progress("Closing the conversations of every session");
  const closed = await closeRestoredSessions(ctx);
  if (closed.broken > 0)
    machine.output.warning(
      `${closed.broken} records do not open and stay as they are: run doctor --deep to see whose.`,
    );
  return { ...recovery, ...closed };
}

/** What is told of it. */
export const linesOfRecovery = (result: Recovery): readonly string[] => [
  `Ended: every lease of ${result.bots} bots, ${result.sessionTokens} session tokens, ${result.oneTimeCodes} open codes, ${result.commands} orders.`,
  `${result.closed} conversations and group keys begin anew with the next message, so that no key is used twice.`,
  "Every bot recovers its session before its first message, and gets a new data key from its worker.",
  "What was revoked, removed or changed after the backup is as it was before: look at keys, people, sign-ins and passwords.",
];
