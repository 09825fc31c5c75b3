import type { Command } from "commander";
import type { Session } from "../session.ts";
import type { Start } from "../start.ts";

/** cleanup status: the housekeeping of the installation. */
export function addCleanupCommand(program: Command, start: Start): void {
  const cleanup = program.command("cleanup").description("the housekeeping of the installation");
  cleanup
    .command("status")
    .description("when it ran, what it did, and when it is due")
    .action(() => start(showStatus));
}

async function showStatus(session: Session): Promise<void> {
  const status = await session.client().system.cleanup.status.query();
  const { lastRun, nextDueAt } = status;
  session.output.result(status, (output) =>
    output.fields([
      ["Ran", lastRun === null ? "not yet" : lastRun.at],
      ["Expired", lastRun?.expired],
      ["Purged", lastRun?.purged],
      ["Took", lastRun === null ? null : `${lastRun.tookMs} ms`],
      ["Due", nextDueAt],
    ]),
  );
}
