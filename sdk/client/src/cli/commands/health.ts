import type { Command } from "commander";
import { addExamples } from "../examples.ts";
import type { Session } from "../session.ts";
import type { Start } from "../start.ts";

/** health: workers and bots of the installation. */
export function addHealthCommand(program: Command, start: Start): void {
  const health = program
    .command("health")
    .description("whether workers run, and in which states the bots are")
    .action(() => start(showHealth));
  addExamples(health, [["sb health --json | jq -e '.status == \"ok\"'", "in a script"]]);
}

async function showHealth(session: Session): Promise<void> {
  const health = await session.client().system.health.query();
  session.output.result(health, (output) => {
    output.fields([
      ["Status", health.status],
      ["Version", health.version],
      ["Database", health.database.status],
      ...Object.entries(health.botsByState).map(([state, count]): [string, number] => [`Bots ${state}`, count]),
      ["Asked at", health.now],
    ]);
    output.line("");
    output.table(
      ["WORKER", "STATE", "BOTS", "VERSION", "STARTED", "LAST SEEN"],
      health.workers.map((worker) => [
        worker.id,
        worker.state,
        worker.botCount,
        worker.version,
        worker.startedAt,
        worker.lastSeenAt,
      ]),
      "No worker has ever run.",
    );
  });
}
