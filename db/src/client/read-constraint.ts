import type { ConstraintError } from "./errors.ts";

/**
 * Reads SQLite's sentence about a broken constraint, the only place where the columns are told: a server sends no
 * extended code. The sentences are fixed in SQLite (build.c, insert.c, fkey.c): `UNIQUE constraint failed: t.a, t.b`.
 */
export function readConstraint(message: string): Pick<ConstraintError, "kind" | "table" | "columns" | "rule"> {
  const columns = /(UNIQUE|NOT NULL) constraint failed: ([\w., ]+)$/.exec(message);
  if (columns !== null) return readColumns(columns[1] === "UNIQUE" ? "unique" : "not_null", columns[2] ?? "");
  const index = /UNIQUE constraint failed: index '(\w+)'$/.exec(message);
  if (index !== null) return { kind: "unique", table: null, columns: [], rule: index[1] ?? null };
  const check = /CHECK constraint failed: (.+)$/.exec(message);
  if (check !== null) return { kind: "check", table: null, columns: [], rule: nameOnly(check[1]) };
  if (message.includes("FOREIGN KEY constraint failed")) {
    return { kind: "foreign_key", table: null, columns: [], rule: null };
  }
  return { kind: "trigger", table: null, columns: [], rule: nameOnly(message.replace(DRIVER_PREFIX, "")) };
}

const DRIVER_PREFIX = /^(?:SQLITE_\w+: )*(?:SQLite error: )?/;

function readColumns(kind: "unique" | "not_null", list: string) {
  const names = list.split(", ").map((name) => name.split("."));
  return { kind, table: names[0]?.at(0) ?? null, columns: names.map((parts) => parts.at(-1) ?? ""), rule: null };
}

/** A check without a name is told by its expression and a trigger may build its message; neither may leak a value. */
function nameOnly(text: string | undefined): string | null {
  return text !== undefined && /^[A-Za-z_][\w ]{0,99}$/.test(text) ? text : null;
}
