import { createClient } from "@libsql/client";
import { MigrationRefusedError } from "@switchboard/db/errors";
import { findMissingMigrations } from "@switchboard/db/migrate";
import { audit } from "@switchboard/db/schema";
import { desc, eq, sql } from "drizzle-orm";
import { findDatabaseProblems } from "../database/check-database.ts";
import { databaseFileOf, openFile } from "../database/database-file.ts";
import { type Check, findingsOf } from "./finding.ts";

/** Differences that a request's way to a server explains. */
const CLOCK_DIFFERENCE_MS_MAX = 5_000;
/** A backup older than this is worth a word. */
const BACKUP_AGE_DAYS_MAX = 7;

/** Whether the database answers, and what SQLite finds wrong with it. */
export const checkIntegrity: Check = async ({ settings, db }) => {
  const { ok, error } = findingsOf("database");
  if (db === null)
    return [
      error("the database does not answer, or has no tables yet", "Start the product once, or see DATABASE_URL."),
    ];
  const file = databaseFileOf(settings.derived.databaseUrl);
  const authToken = settings.DATABASE_AUTH_TOKEN;
  const client =
    file === null
      ? createClient({ url: settings.derived.databaseUrl, ...(authToken === null ? {} : { authToken }) })
      : openFile(file);
  try {
    const problems = await findDatabaseProblems(client);
    const advice = "Stop the product, keep a copy of the file, and put a backup back: restore <folder> --force.";
    return problems.length === 0
      ? [ok("whole, and every reference holds")]
      : problems.map((text) => error(text, advice));
  } finally {
    client.close();
  }
};

/** Whether schema and program are of one version. */
export const checkMigrations: Check = async ({ settings, db }) => {
  const { ok, error } = findingsOf("migrations");
  if (db === null) return [];
  try {
    const missing = await findMissingMigrations(
      settings.derived.databaseUrl,
      settings.DATABASE_AUTH_TOKEN ?? undefined,
    );
    if (missing.length === 0) return [ok("the schema is that of this version")];
    return [error(`not applied yet: ${missing.join(", ")}`, "npm start applies them, and so does npm run db:migrate.")];
  } catch (err) {
    if (!(err instanceof MigrationRefusedError)) throw err;
    return [error(err.message, "Run the version that the database was made with, or a newer one.")];
  }
};

/** Whether this machine and the database agree on the time, and whether it went on. */
export const checkClock: Check = async ({ db, nowMs }) => {
  const { ok, warning } = findingsOf("clock");
  if (db === null) return [];
  const beganMs = performance.now();
  const row = await db.reader.get<{ nowMs: number }>(sql`select cast(unixepoch('subsec') * 1000 as integer) as nowMs`);
  const tookMs = performance.now() - beganMs;
  const differenceMs = Math.abs(row.nowMs - nowMs) - tookMs;
  const [last] = await db.reader.select({ atMs: audit.atMs }).from(audit).orderBy(desc(audit.sequence)).limit(1);
  if (differenceMs > CLOCK_DIFFERENCE_MS_MAX)
    return [
      warning(
        `this machine and the database differ by ${Math.round(differenceMs / 1000)} s`,
        "Keep both in step with NTP: leases go by the database's clock, limits and blocks by the worker's.",
      ),
    ];
  if ((last?.atMs ?? 0) > nowMs + 60_000)
    return [
      warning("the audit has entries of the future: the clock went back", "Set the clock, and keep it with NTP."),
    ];
  return [ok("this machine and the database agree")];
};

/** When the last backup was made with this command line. */
export const checkBackups: Check = async ({ db, nowMs }) => {
  const { ok, warning } = findingsOf("backups");
  if (db === null) return [];
  const [last] = await db.reader
    .select({ atMs: audit.atMs })
    .from(audit)
    .where(eq(audit.action, "installation.back-up"))
    .orderBy(desc(audit.sequence))
    .limit(1);
  const advice = "npm run -s maintain -- backup <folder>, each day; the master key once, elsewhere.";
  if (!last) return [warning("none was made with this command line", advice)];
  const days = Math.floor((nowMs - last.atMs) / 86_400_000);
  const text = `the last was made on ${new Date(last.atMs).toISOString()}`;
  return [days > BACKUP_AGE_DAYS_MAX ? warning(text, advice) : ok(text)];
};
