import { and, gt, inArray, isNull, lte, type SQL, sql } from "drizzle-orm";
import { sessionTokens } from "../schema/index.ts";
import type { Reader, Transaction } from "../types.ts";

/** What is removed once it is old. */
export const purgeKinds = [
  "calls",
  "callers",
  "early-call-ends",
  "events",
  "session-tokens",
  "one-time-codes",
  "sign-ins",
  "pairings",
  "commands",
  "idempotency-keys",
  "rate-limits",
] as const;

/** One kind; see {@link purgeKinds}. */
export type PurgeKind = (typeof purgeKinds)[number];

/**
 * Removes rows of a kind that were over at `untilMs`, `limit` at most, and answers how many. Each is over by what it is
 * for: a call when it began, an event at its instant, a command when it was finished or given up, the others at the end
 * of their use. A person goes when nothing is known of them any more but the name.
 */
export async function purgeOld(tx: Transaction, kind: PurgeKind, untilMs: number, limit: number): Promise<number> {
  const { rowsAffected } = await tx.run(PURGES[kind](untilMs, limit));
  return rowsAffected;
}

/** Gives up commands whose deadline passed before anybody took them, `limit` at most; each ended at its deadline. */
export async function expireCommands(tx: Transaction, nowMs: number, limit: number): Promise<number> {
  const { rowsAffected } =
    await tx.run(sql`update commands set state = 'expired', finished_at_ms = deadline_at_ms where rowid in (
    select rowid from commands where state = 'pending' and deadline_at_ms <= ${nowMs} limit ${limit})`);
  return rowsAffected;
}

/** Session tokens are told of this long before their end, or a tenth of their life before it where that is shorter. */
const TOKEN_NOTICE_MS_MAX = 600_000;
const TOKEN_NOTICE_PART_OF_LIFE = 10;

/** Whether any session token waits to be marked: a read that tells a writer it has nothing to do. */
export async function hasExpiringTokens(reader: Reader, nowMs: number): Promise<boolean> {
  return (
    (await reader.select({ id: sessionTokens.id }).from(sessionTokens).where(isTokenDue(nowMs)).limit(1)).length > 0
  );
}

/**
 * Marks session tokens that are good at `nowMs` and about to end, `limit` at most, and answers their rows. Guarantee: of any
 * number of callers one gets a token, so that its coming end is told once. Example: a token of an hour that ends in five
 * minutes is marked, one of a day that ends in eleven is not.
 */
export async function markExpiringTokens(tx: Transaction, nowMs: number, limit: number) {
  const { id } = sessionTokens;
  const due = tx.select({ id }).from(sessionTokens).where(isTokenDue(nowMs)).limit(limit);
  return tx.update(sessionTokens).set({ expiringEventAtMs: nowMs }).where(inArray(id, due)).returning();
}

/** The first two bounds are those of the index; the third is exact. */
function isTokenDue(nowMs: number): SQL | undefined {
  const { expiresAtMs, issuedAtMs, revokedAtMs, expiringEventAtMs } = sessionTokens;
  const partOfLifeMs = sql`(${expiresAtMs} - ${issuedAtMs}) / ${TOKEN_NOTICE_PART_OF_LIFE}`;
  return and(
    gt(expiresAtMs, nowMs),
    lte(expiresAtMs, nowMs + TOKEN_NOTICE_MS_MAX),
    lte(expiresAtMs, sql`${nowMs} + ${partOfLifeMs}`),
    isNull(revokedAtMs),
    isNull(expiringEventAtMs),
  );
}

/** The two big tables grow in the order of their keys, so the oldest rows are at the front and the rest is not read. */
const PURGES: Readonly<Record<PurgeKind, (untilMs: number, limit: number) => SQL>> = {
  calls: (untilMs, limit) => sql`delete from whatsapp_calls where id in (
    select id from (select id, started_at_ms from whatsapp_calls order by id limit ${limit}) where started_at_ms <= ${untilMs})`,
  events: (untilMs, limit) => sql`delete from events where sequence in (
    select sequence from (select sequence, at_ms from events order by sequence limit ${limit}) where at_ms <= ${untilMs})`,
  callers: (untilMs, limit) => sql`delete from callers where id in (select id from callers
    where last_seen_at_ms <= ${untilMs}
    and not exists (select 1 from whatsapp_calls where caller_id = callers.id)
    and not exists (select 1 from whatsapp_blocked_contacts where caller_id = callers.id)
    and not exists (select 1 from whatsapp_allowed_contacts where caller_id = callers.id)
    and not exists (select 1 from known_contacts where caller_id = callers.id) limit ${limit})`,
  "early-call-ends": (untilMs, limit) => oldRows("whatsapp_early_call_ends", sql`seen_at_ms <= ${untilMs}`, limit),
  "session-tokens": (untilMs, limit) => oldRows("session_tokens", sql`expires_at_ms <= ${untilMs}`, limit),
  "one-time-codes": (untilMs, limit) => oldRows("one_time_codes", sql`expires_at_ms <= ${untilMs}`, limit),
  "sign-ins": (untilMs, limit) => oldRows("user_sessions", sql`expires_at_ms <= ${untilMs}`, limit),
  pairings: (untilMs, limit) =>
    oldRows(
      "bot_pairings",
      sql`case when state in ('waiting', 'qr', 'code', 'linking') then expires_at_ms else updated_at_ms end <= ${untilMs}`,
      limit,
    ),
  commands: (untilMs, limit) =>
    oldRows("commands", sql`state <> 'pending' and coalesce(finished_at_ms, deadline_at_ms) <= ${untilMs}`, limit),
  "idempotency-keys": (untilMs, limit) => oldRows("idempotency_keys", sql`expires_at_ms <= ${untilMs}`, limit),
  "rate-limits": (untilMs, limit) => oldRows("rate_limits", sql`expires_at_ms <= ${untilMs}`, limit),
};

function oldRows(table: string, isOld: SQL, limit: number): SQL {
  const name = sql.raw(table);
  return sql`delete from ${name} where rowid in (select rowid from ${name} where ${isOld} limit ${limit})`;
}
