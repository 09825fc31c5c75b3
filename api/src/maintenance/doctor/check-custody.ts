import { assignedToWorkers, isHeldState } from "@switchboard/core/domain/vocabulary";
import { WORKER_SILENT_MS } from "@switchboard/core/services/fleet/register-worker";
import { databaseNowMs } from "@switchboard/db/queries/custody";
import { isRestoring } from "@switchboard/db/queries/restored";
import { bots, custody, workers } from "@switchboard/db/schema";
import { eq, isNull } from "drizzle-orm";
import { type Check, type Finding, findingsOf } from "./finding.ts";

/** How long after its end a lease that nobody took over is worth a word, in milliseconds. */
const EXPIRED_FOR_MS = 10 * 60_000;

/** Leases that do not get on: expired and taken by nobody, drained for too long, frozen; and bots of a key that has none. */
export const checkLeases: Check = async ({ db }) => {
  const { ok, warning, error } = findingsOf("leases");
  if (db === null) return [];
  const rows = await db.reader
    .select({ bot: bots, custody, nowMs: databaseNowMs })
    .from(custody)
    .innerJoin(bots, eq(bots.id, custody.botId))
    .where(isNull(bots.deletedAtMs));
  const findings = rows.flatMap(({ bot, custody: row, nowMs }): Finding[] => {
    const name = `${bot.name} (${bot.id})`;
    const holder = `${row.holderKind} ${row.holderId}`;
    const isHeld = isHeldState(row.state);
    if (isRestoring(row))
      return [
        error(
          `${name} was put back with a database, and the restore did not come to its end: nobody may hold it`,
          "Stop everything, then: restore --in-place.",
        ),
      ];
    if (row.state === "frozen")
      return [warning(`${name} is frozen: nobody may hold it`, "An owner or admin lets it go: leases unfreeze.")];
    if (row.state === "draining" && row.drainDeadlineMs !== null && row.drainDeadlineMs < nowMs)
      return [
        warning(
          `${name} was to be let go by ${holder} and was not`,
          "An owner or admin may take it: leases force-take.",
        ),
      ];
    if (isHeld && row.expiresAtMs < nowMs - EXPIRED_FOR_MS && bot.desiredState === "running")
      return [warning(`the lease of ${holder} on ${name} ended long ago, and nobody took it over`, "Is a worker up?")];
    if (isHeld && row.stalledSinceMs !== null)
      return [warning(`${holder} says that its connection of ${name} does not get on`, "Look at that program's log.")];
    const isKept = row.handoverTo !== null && (row.reservedUntilMs ?? 0) > nowMs;
    if (row.state === "free" && bot.assignedTo !== assignedToWorkers && !isKept)
      return [
        warning(
          `${name} is assigned to ${bot.assignedTo}, which has no lease: no worker holds it`,
          "A worker that is up takes it back within seconds; an owner or admin may as well: leases revoke.",
        ),
      ];
    return [];
  });
  const held = rows.filter(({ custody: row }) => row.state === "held").length;
  return findings.length === 0 ? [ok(`${held} of ${rows.length} bots are held, and none is stuck`)] : findings;
};

/** Workers that are up, and those that went silent. */
export const checkWorkers: Check = async ({ db, nowMs }) => {
  const { ok, warning } = findingsOf("workers");
  if (db === null) return [];
  const rows = await db.reader.select().from(workers).where(isNull(workers.stoppedAtMs));
  const silent = rows.filter((row) => row.lastSeenAtMs < nowMs - WORKER_SILENT_MS);
  const up = rows.length - silent.length;
  const findings = silent.map((row) =>
    warning(
      `worker ${row.id} is silent since ${new Date(row.lastSeenAtMs).toISOString()}`,
      "Look at its log; npm start starts it again.",
    ),
  );
  if (up === 0) findings.push(warning("no worker is up: no bot is connected", "npm start"));
  return findings.length === 0 ? [ok(`${up} up`)] : findings;
};
