import type { Client } from "@libsql/client";

/** Findings that are told one by one; more say nothing new. */
const FINDINGS_MAX = 20;

/** What SQLite itself finds wrong with a database: pages, indexes, constraints, references. Empty: nothing. */
export async function findDatabaseProblems(client: Pick<Client, "execute">): Promise<readonly string[]> {
  const { rows: integrity } = await client.execute(`PRAGMA integrity_check(${FINDINGS_MAX})`);
  const texts = integrity.map((row) => String(row[0]));
  const { rows: references } = await client.execute(
    `SELECT "table" AS child, parent, count(*) AS broken FROM pragma_foreign_key_check GROUP BY 1, 2`,
  );
  return [
    ...texts.filter((text) => text !== "ok"),
    ...references.map((row) => `${row.broken} rows of ${row.child} point at rows of ${row.parent} that are not there`),
  ];
}
