/**
 * Where the time between a call's stanza and its reject goes: `screenCall` alone, in a loop on a file database, split
 * into what the driver does and the rest, beside the floors below which a durable log cannot get on this disk.
 */
import { open } from "node:fs/promises";
import { join } from "node:path";
import { screenCall } from "@switchboard/core/services/calls/screen-call";
import { sql } from "drizzle-orm";
import { installDriverProbe } from "./lib/driver-probe.ts";
import { type BenchInstallation, openBenchInstallation } from "./lib/installation.ts";
import { printHeading, printTable } from "./lib/report.ts";
import { format, median, spread } from "./lib/statistics.ts";
import { withTempFolder } from "./lib/temp-folder.ts";

const WARM_UP = 100;
const CALLS = 400;
const CALLERS = 10;
const LOG_BYTES = 2_048;

await withTempFolder(async (folder) => {
  printHeading("A call's stanza to its durable decision, ms", [
    `${CALLS} calls of ${CALLERS} known callers, each in turn with the two floors: one row in one transaction on the same`,
    `connection, and ${LOG_BYTES} bytes appended to a file with fdatasync`,
  ]);
  const probe = await installDriverProbe(`file:${join(folder, "probe.db")}`);
  const installation = await openBenchInstallation(folder);
  const screenNext = await prepareCalls(installation);
  const { db } = installation.ctx;
  await db.write((tx) => tx.run(sql`create table bench_floor (id integer primary key, body blob)`));
  const body = Buffer.alloc(LOG_BYTES, 1);
  const log = await open(join(folder, "journal"), "a");

  const screening = {
    total: [] as number[],
    begin: [] as number[],
    statements: [] as number[],
    commit: [] as number[],
  };
  const floors = { row: [] as number[], append: [] as number[] };
  let statements = 0;
  for (let turn = -WARM_UP; turn < CALLS; turn += 1) {
    probe.read();
    const total = await timed(screenNext);
    const seen = probe.read();
    const row = await timed(() => db.write((tx) => tx.run(sql`insert into bench_floor (body) values (${body})`)));
    const append = await timed(async () => {
      await log.write(body);
      await log.datasync();
    });
    if (turn < 0) continue;
    statements = seen.statements;
    screening.total.push(total);
    screening.begin.push(seen.beginMs);
    screening.statements.push(seen.statementsMs);
    screening.commit.push(seen.commitMs);
    floors.row.push(row);
    floors.append.push(append);
  }
  await log.close();
  await installation.close();

  const { total, begin, commit } = screening;
  const rest = total.map(
    (value, index) => value - (begin[index] ?? 0) - (screening.statements[index] ?? 0) - (commit[index] ?? 0),
  );
  printTable([
    { "": "screenCall", ...spread(total) },
    { "": "  driver: begin", ...spread(begin) },
    { "": `  driver: ${statements} statements`, ...spread(screening.statements) },
    { "": "  driver: commit (fsync)", ...spread(commit) },
    { "": "  rest: queries built, decision, event loop", ...spread(rest) },
    { "": "floor: one row, one transaction", ...spread(floors.row) },
    { "": "floor: append and fdatasync", ...spread(floors.append) },
  ]);
  console.log(`  a call costs ${format(median(total) / median(floors.row))} rows, p50 to p50`);
});

/** One new call each time, of callers in turn, so that the counts of the window grow as they do in service. */
async function prepareCalls(installation: BenchInstallation): Promise<() => Promise<unknown>> {
  const lease = await installation.acquire(await installation.addBot("screened"));
  let serial = 0;
  return () => {
    serial += 1;
    const lid = `2000000000${serial % CALLERS}`;
    const nowMs = Date.now();
    const call = {
      callId: `BENCH${serial}`,
      callFrom: `${lid}@lid`,
      phoneNumber: `4915200000${serial % CALLERS}`,
      lid,
      kind: "voice",
      isVideo: false,
      isOffline: false,
      startedAtMs: nowMs,
      receivedAtMs: nowMs,
      phase: "offer",
    } as const;
    return screenCall(installation.ctx, { lease, call });
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAtMs = performance.now();
  await work();
  return performance.now() - startedAtMs;
}
