import type { Client, InValue, Transaction } from "@libsql/client";

/** Rows of one request to the server. */
const PAGE = 500;

interface SchemaObject {
  readonly type: string;
  readonly name: string;
  readonly sql: string;
}

/**
 * Copies schema and rows of a server into an empty file. All is read in one transaction of the server, so that it is of
 * one moment; a server that ends the transaction makes the copy fail, and never be of two. @throws the driver's error
 */
export async function copyRows(source: Client, target: Client, onProgress: (text: string) => void): Promise<void> {
  const reading = await source.transaction("read");
  try {
    const objects = await readSchema(reading);
    await target.execute("PRAGMA foreign_keys = OFF");
    await target.execute("PRAGMA journal_mode = WAL");
    for (const { sql } of objects.filter(({ type }) => type === "table")) await target.execute(sql);
    for (const { name } of objects.filter(({ type }) => type === "table")) {
      const rows = await copyTable(reading, target, name);
      if (rows > 0) onProgress(`${name}: ${rows} rows`);
    }
    await copySequences(reading, target);
    for (const { sql } of objects.filter(({ type }) => type !== "table")) await target.execute(sql);
    await target.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    await target.execute("PRAGMA journal_mode = DELETE");
  } finally {
    reading.close();
  }
}

/** Tables, indexes and triggers of the product; SQLite makes its own by itself, and the server's stay with it. */
async function readSchema(reading: Transaction): Promise<readonly SchemaObject[]> {
  const { rows } = await reading.execute(
    "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE 'libsql\\_%' ESCAPE '\\' ORDER BY rowid",
  );
  return rows.map((row) => ({ type: String(row.type), name: String(row.name), sql: String(row.sql) }));
}

async function copyTable(reading: Transaction, target: Client, table: string): Promise<number> {
  const name = quote(table);
  const { rows: columns } = await reading.execute({ sql: "SELECT name FROM pragma_table_info(?)", args: [table] });
  const names = columns.map((column) => String(column.name));
  const insert = `INSERT INTO ${name} (rowid, ${names.map(quote).join(", ")}) VALUES (?${", ?".repeat(names.length)})`;
  let copied = 0;
  for (let after: InValue = -(2n ** 63n); ; ) {
    const sql = `SELECT rowid AS copied_rowid, ${names.map(quote).join(", ")} FROM ${name} WHERE rowid > ? ORDER BY rowid LIMIT ${PAGE}`;
    const { rows } = await reading.execute({ sql, args: [after] });
    const last = rows.at(-1);
    if (last === undefined) return copied;
    await target.batch(
      rows.map((row) => ({
        sql: insert,
        args: Array.from({ length: names.length + 1 }, (_, index) => row[index] ?? null),
      })),
      "write",
    );
    copied += rows.length;
    after = last.copied_rowid ?? null;
  }
}

/** The last numbers given out, which may be of rows that are gone. */
async function copySequences(reading: Transaction, target: Client): Promise<void> {
  const { rows } = await reading.execute("SELECT name, seq FROM sqlite_sequence");
  for (const row of rows) {
    await target.execute({ sql: "DELETE FROM sqlite_sequence WHERE name = ?", args: [row.name ?? null] });
    await target.execute({
      sql: "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)",
      args: [row.name ?? null, row.seq ?? null],
    });
  }
}

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
