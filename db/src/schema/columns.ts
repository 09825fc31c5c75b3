import { type SQL, sql } from "drizzle-orm";
import { type AnySQLiteColumn, check, customType, integer, text } from "drizzle-orm/sqlite-core";

/** An instant in integer milliseconds since the epoch; the column name ends in `_at_ms` or `_until_ms`. */
export const instantMs = (name: string) => integer(name);

declare const authorised: unique symbol;

/**
 * The id of a bot somebody was found to be allowed to touch, or that was read from a row. A plain text is none, so that a
 * statement over a bot's rows does not compile before the bot was authorised.
 */
export type BotId = string & { readonly [authorised]: "bot" };

/** The id of a team somebody was found to belong to, or that was read from a row; see {@link BotId}. */
export type TeamId = string & { readonly [authorised]: "team" };

/** A column that holds the id of a bot. */
export const botIdText = (name: string) => text(name).$type<BotId>();

/** A column that holds the id of a team. */
export const teamIdText = (name: string) => text(name).$type<TeamId>();

/** A flag kept as 0 or 1. */
export const flag = (name: string) => integer(name, { mode: "boolean" });

const blob = customType<{ data: Uint8Array; driverData: Uint8Array | ArrayBuffer }>({
  dataType: () => "blob",
  fromDriver: (value) => new Uint8Array(value),
});

/** Bytes as every runtime has them; drizzle's own blob needs node's Buffer. */
export const bytes = (name: string) => blob(name);

/** JSON text whose shape is the type parameter; the reader trusts it because only our own verbs write it. */
export const json = <T>(name: string) => text(name, { mode: "json" }).$type<T>();

/** A CHECK that keeps a text column inside a closed list; NULL passes. */
export function oneOf(name: string, column: AnySQLiteColumn, values: readonly string[]) {
  return check(name, sql`${column} in (${sql.raw(values.map((value) => `'${value}'`).join(", "))})`);
}

/** A CHECK written out in SQL. */
export const must = (name: string, condition: SQL) => check(name, condition);
