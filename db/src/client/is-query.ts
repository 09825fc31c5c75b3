import type { InStatement } from "@libsql/client";

/**
 * True when a statement only reads, judged by its text: reads are retried without asking, so a write must not pass as
 * one. Doubtful statements count as writes. A local file also enforces it in SQLite (PRAGMA query_only).
 */
export function isQuery(statement: InStatement): boolean {
  const sql = typeof statement === "string" ? statement : statement.sql;
  if (/^\s*(?:select|values|explain)\b/i.test(sql)) return true;
  if (/^\s*pragma\b/i.test(sql)) return !sql.includes("=");
  return /^\s*with\b/i.test(sql) && !WRITES.test(sql);
}

const WRITES = /\b(?:insert|replace)\s+(?:or\s+\w+\s+)?into\b|\bupdate\s+(?:or\s|["`[\w])|\bdelete\s+from\b/i;
