import { and, desc, eq, getTableColumns, gte, inArray, isNull, lt, type SQL, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import { audit, type BotId, type TeamId } from "../schema/index.ts";
import type { Reader } from "../types.ts";

/** A row of the audit. */
export type AuditRow = typeof audit.$inferSelect;

/** Whose rows are read: a team's, those of some bots of it, or those of the installation, which belong to no team. */
export type AuditPart =
  | { readonly of: "team"; readonly teamId: TeamId }
  | { readonly of: "bots"; readonly teamId: TeamId; readonly botIds: readonly BotId[] }
  | { readonly of: "installation" };

/** A place between two rows in the order of the list. */
export interface AuditPlace {
  readonly atMs: number;
  readonly sequence: number;
}

/** What rows must be like; undefined asks for nothing. Times bound `at_ms`, `fromMs` inside and `toMs` outside. */
export interface AuditFilters {
  readonly actorId?: string | undefined;
  readonly actorKind?: AuditRow["actorKind"] | undefined;
  readonly actions?: readonly string[] | undefined;
  readonly objectKind?: string | undefined;
  readonly objectId?: string | undefined;
  readonly botId?: BotId | undefined;
  readonly outcome?: AuditRow["outcome"] | undefined;
  readonly address?: string | undefined;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** Rows that come after this place. */
  readonly after?: AuditPlace | null;
}

/**
 * Rows of one part of the audit, the newest first, at most `limit`. Guarantee: reads in the order of an index, and stops
 * at the limit; no more than `limit` rows of each bot are looked at where bots are named. Rows of one instant come in the
 * order they were written, so that a page after the last row leaves nothing out and repeats nothing.
 * Example: 100,000 rows of a team, 3 of them of the bot asked for: 3 rows are read.
 */
export function newestAudit(reader: Reader, part: AuditPart, filters: AuditFilters, limit: number) {
  if (part.of === "bots") return newestOfBots(reader, part, filters, limit);
  return reader
    .select()
    .from(audit)
    .where(and(isOfPart(audit, part, filters), matches(audit, filters)))
    .orderBy(desc(audit.atMs), desc(audit.sequence))
    .limit(limit);
}

/** The row of this id, where it belongs to one of the parts; null otherwise. */
export async function findAudit(
  reader: Reader,
  parts: readonly AuditPart[],
  auditId: string,
): Promise<AuditRow | null> {
  const [row] = await reader.select().from(audit).where(eq(audit.id, auditId));
  return row && parts.some((part) => belongsTo(row, part)) ? row : null;
}

const newest = alias(audit, "newest");
type AuditTable = typeof audit | typeof newest;

/** The newest of each bot, and of these the newest: sorting all rows of all bots would take longer with each day. */
function newestOfBots(
  reader: Reader,
  { teamId, botIds }: Extract<AuditPart, { of: "bots" }>,
  filters: AuditFilters,
  limit: number,
) {
  const ofOneBot = reader
    .select({ sequence: newest.sequence })
    .from(newest)
    .where(and(sql`${newest.botId} = bot.value`, sql`+${newest.teamId} = ${teamId}`, matches(newest, filters)))
    .orderBy(desc(newest.atMs), desc(newest.sequence))
    .limit(limit);
  return reader
    .select(getTableColumns(audit))
    .from(sql`json_each(${JSON.stringify(botIds)}) as bot`)
    .innerJoin(audit, inArray(audit.sequence, ofOneBot))
    .orderBy(desc(audit.atMs), desc(audit.sequence))
    .limit(limit);
}

/**
 * `+` keeps SQLite from choosing the index of the part where a filter names what has an index of its own and fewer rows
 * (sqlite.org/optoverview.html, "Disqualifying WHERE clause terms using unary +").
 */
function isOfPart(table: AuditTable, part: Exclude<AuditPart, { of: "bots" }>, filters: AuditFilters): SQL | undefined {
  const isNarrow = filters.botId !== undefined || filters.actorId !== undefined || filters.objectId !== undefined;
  const teamId = isNarrow ? sql`+${table.teamId}` : sql`${table.teamId}`;
  return part.of === "installation" ? isNull(teamId) : eq(teamId, part.teamId);
}

function matches(table: AuditTable, filters: AuditFilters): SQL | undefined {
  const { actorId, actorKind, actions, objectKind, objectId, botId, outcome, address, fromMs, toMs, after } = filters;
  return and(
    actorId === undefined ? undefined : eq(table.actorId, actorId),
    actorKind === undefined ? undefined : eq(table.actorKind, actorKind),
    actions === undefined ? undefined : inArray(table.action, [...actions]),
    objectKind === undefined ? undefined : eq(table.objectKind, objectKind),
    objectId === undefined ? undefined : eq(table.objectId, objectId),
    botId === undefined ? undefined : eq(table.botId, botId),
    outcome === undefined ? undefined : eq(table.outcome, outcome),
    address === undefined ? undefined : eq(table.address, address),
    fromMs === undefined ? undefined : gte(table.atMs, fromMs),
    toMs === undefined ? undefined : lt(table.atMs, toMs),
    after ? sql`(${table.atMs}, ${table.sequence}) < (${after.atMs}, ${after.sequence})` : undefined,
  );
}

function belongsTo({ teamId, botId }: AuditRow, part: AuditPart): boolean {
  if (part.of === "installation") return teamId === null;
  if (teamId !== part.teamId) return false;
  return part.of === "team" || (botId !== null && part.botIds.includes(botId));
}
