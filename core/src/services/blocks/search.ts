import { or, type SQL, sql } from "drizzle-orm";
import type { AnySQLiteColumn } from "drizzle-orm/sqlite-core";

/**
 * Rows in which one of the columns holds the text. Numbers are compared by their digits, so that people may write a
 * number as they like; other text without regard to ASCII case.
 */
export function containsText(
  text: string,
  digitColumns: readonly AnySQLiteColumn[],
  textColumns: readonly AnySQLiteColumn[],
): SQL | undefined {
  const digits = /^[+\d\s()-]+$/.test(text) ? text.replace(/\D/g, "").replace(/^00/, "") : "";
  const inDigits = digits === "" ? [] : digitColumns.map((column) => sql`instr(${column}, ${digits}) > 0`);
  return or(...inDigits, ...textColumns.map((column) => sql`instr(lower(${column}), lower(${text})) > 0`));
}
