import type { TestContext } from "@switchboard/core/testing/test-context";
import { sql } from "drizzle-orm";

/** Counters and notes that a refused request may leave: how often it was asked, and that it was refused. */
const NOTES: ReadonlySet<string> = new Set(["rate_limits", "audit"]);

/** Reads everything a database holds, table by table, but for notes of use; equal texts are equal contents. */
export type ReadContents = () => Promise<Readonly<Record<string, string>>>;

/** Prepares the reading; tables and columns are those of now. */
export async function openContents({ db }: Pick<TestContext, "db">): Promise<ReadContents> {
  const tables = await db.reader.all<{ name: string }>(
    sql`select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name not like '\\_\\_%' escape '\\'`,
  );
  const kept = tables.map(({ name }) => name).filter((name) => !NOTES.has(name));
  const parts = await Promise.all(kept.map((table) => selectAll(db, table)));
  const query = sql.raw(parts.join(" union all "));
  return async () => {
    const rows = await db.reader.all<{ name: string; contents: string | null }>(query);
    return Object.fromEntries(rows.map(({ name, contents }) => [name, contents ?? ""]));
  };
}

/** One row: the table's name and all its values as literals. Last uses are noted for refused requests as well. */
async function selectAll(db: TestContext["db"], table: string): Promise<string> {
  const columns = await db.reader.all<{ name: string }>(sql.raw(`select name from pragma_table_info('${table}')`));
  const values = columns.map(({ name }) => name).filter((name) => !name.startsWith("last_used"));
  const row = values.map((name) => `quote("${name}")`).join(" || ',' || ");
  return `select '${table}' as name, (select group_concat(line, char(10)) from (select ${row} as line from "${table}" order by rowid)) as contents`;
}
