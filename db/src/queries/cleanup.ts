import { type SQL, sql } from "drizzle-orm";
import type { Transaction } from "../types.ts";

/** What is removed once it is old. */
export const purgeKinds = [
  "calls",
  "callers",
  "early-call-ends",
  "events",
  "session-tokens",
  "pairings",
  "commands",
  "idempotency-keys",
  "rate-limits",
] as const;

/** One kind; see {@link purgeKinds}. */
export type PurgeKind = (typeof purgeKinds)[number];

/**
 * Removes rows of a kind that are older than `beforeMs`, `limit` at most, and answers how many. Each is old by what it
 * is for: a call by its receipt, an event by its instant, the others by the end of their use. A person goes when nothing
 * is known of them any more but the name.
 */
export async function purgeOld(tx: Transaction, kind: PurgeKind, beforeMs: number, limit: number): Promise<number> {
  const { rowsAffected } = await tx.run(PURGES[kind](beforeMs, limit));
  return rowsAffected;
}

/** Gives up commands whose deadline passed before anybody took them. */
export async function expireCommands(tx: Transaction, nowMs: number): Promise<void> {
  await tx.run(
    sql`update commands set state = 'expired', finished_at_ms = deadline_at_ms where state = 'pending' and deadline_at_ms <= ${nowMs}`,
  );
}

/** The two big tables grow in the order of their keys, so the oldest rows are at the front and the rest is not read. */
const PURGES: Readonly<Record<PurgeKind, (beforeMs: number, limit: number) => SQL>> = {
  calls: (beforeMs, limit) => sql`delete from whatsapp_calls where id in (
    select id from (select id, received_at_ms from whatsapp_calls order by id limit ${limit}) where received_at_ms < ${beforeMs})`,
  events: (beforeMs, limit) => sql`delete from events where sequence in (
    select sequence from (select sequence, at_ms from events order by sequence limit ${limit}) where at_ms < ${beforeMs})`,
  callers: (beforeMs, limit) => sql`delete from callers where id in (select id from callers
    where last_seen_at_ms < ${beforeMs}
    and not exists (select 1 from whatsapp_calls where caller_id = callers.id)
    and not exists (select 1 from whatsapp_blocked_contacts where caller_id = callers.id)
    and not exists (select 1 from whatsapp_allowed_contacts where caller_id = callers.id)
    and not exists (select 1 from known_contacts where caller_id = callers.id) limit ${limit})`,
  "early-call-ends": (beforeMs, limit) => oldRows("whatsapp_early_call_ends", sql`seen_at_ms < ${beforeMs}`, limit),
  "session-tokens": (beforeMs, limit) => oldRows("session_tokens", sql`expires_at_ms < ${beforeMs}`, limit),
  pairings: (beforeMs, limit) =>
    oldRows("bot_pairings", sql`coalesce(expires_at_ms, updated_at_ms) < ${beforeMs}`, limit),
  commands: (beforeMs, limit) => oldRows("commands", sql`state <> 'pending' and deadline_at_ms < ${beforeMs}`, limit),
  "idempotency-keys": (beforeMs, limit) => oldRows("idempotency_keys", sql`expires_at_ms < ${beforeMs}`, limit),
  "rate-limits": (beforeMs, limit) => oldRows("rate_limits", sql`expires_at_ms < ${beforeMs}`, limit),
};

function oldRows(table: string, isOld: SQL, limit: number): SQL {
  const name = sql.raw(table);
  return sql`delete from ${name} where rowid in (select rowid from ${name} where ${isOld} limit ${limit})`;
}
