import { eq, inArray, type SQL, sql } from "drizzle-orm";
import {
  allowedContacts,
  type BotId,
  blockedContacts,
  callers,
  knownContacts,
  whatsappCalls,
} from "../schema/index.ts";
import type { Reader, Transaction } from "../types.ts";
import { packedColumns, unpackRow } from "./packed-rows.ts";

/** A person's row. */
export type CallerRow = typeof callers.$inferSelect;

/** A person with everything a decision asks of lists: the block that is not ended, the allow, the acquaintance. */
export interface CallerStanding {
  readonly caller: CallerRow;
  /** Not ended in the database; the clock may have ended it. There is one at most: a unique index sees to it. */
  readonly block: typeof blockedContacts.$inferSelect | null;
  readonly allow: typeof allowedContacts.$inferSelect | null;
  readonly known: typeof knownContacts.$inferSelect | null;
}

/** The persons a bot knows under either name: none, one, or two rows that turn out to be one person. */
export async function findStandings(
  reader: Pick<Reader, "all">,
  botId: BotId,
  names: { readonly pn: string | null; readonly lid: string | null },
): Promise<readonly CallerStanding[]> {
  const isNamedSo = sql`callers.bot_id = ${botId} and (callers.phone_number = ${names.pn} or callers.lid = ${names.lid})`;
  return readStandings(reader, isNamedSo);
}

/** The same of one row by its id. */
export async function getStanding(
  reader: Pick<Reader, "all">,
  botId: BotId,
  callerId: string,
): Promise<CallerStanding | null> {
  const [standing] = await readStandings(reader, sql`callers.bot_id = ${botId} and callers.id = ${callerId}`);
  return standing ?? null;
}

/** SQL of one JSON array with the packed standings of the callers for whom the condition holds. */
export const packedStandings = (condition: SQL): SQL =>
  sql`(select json_group_array(${PACKED_STANDING}) from callers where ${condition})`;

/** The standings behind such an array that was parsed from JSON. */
export function unpackStandings(packed: unknown): readonly CallerStanding[] {
  if (!Array.isArray(packed)) return [];
  return packed.flatMap((parts: unknown) => {
    if (!Array.isArray(parts)) return [];
    const caller = unpackRow(callers, parts[0]);
    if (caller === null) return [];
    const block = unpackRow(blockedContacts, parts[1]);
    const allow = unpackRow(allowedContacts, parts[2]);
    return [{ caller, block, allow, known: unpackRow(knownContacts, parts[3]) }];
  });
}

async function readStandings(reader: Pick<Reader, "all">, condition: SQL): Promise<readonly CallerStanding[]> {
  const [row] = await reader.all<{ standings: string }>(sql`select ${packedStandings(condition)} as standings`);
  return unpackStandings(JSON.parse(row?.standings ?? "[]"));
}

const PACKED_STANDING = sql.raw(`json_array(
  ${packedColumns(callers)},
  json((select ${packedColumns(blockedContacts)} from whatsapp_blocked_contacts
    where bot_id = callers.bot_id and caller_id = callers.id and ended_at_ms is null)),
  json((select ${packedColumns(allowedContacts)} from whatsapp_allowed_contacts where caller_id = callers.id)),
  json((select ${packedColumns(knownContacts)} from known_contacts where caller_id = callers.id)))`);

/**
 * Moves the instant from which a caller's calls count. Guarantee: it only moves forward, whatever the order in which
 * blocks are made, lifted and marked as expired.
 */
export async function raiseCountFrom(tx: Transaction, callerIds: readonly string[], atMs: number): Promise<void> {
  if (callerIds.length === 0) return;
  await tx
    .update(callers)
    .set({ countFromMs: sql`max(${callers.countFromMs}, ${atMs})` })
    .where(inArray(callers.id, [...callerIds]));
}

/** Notes that a caller was seen; never moves back. */
export async function touchCaller(tx: Transaction, callerId: string, atMs: number): Promise<void> {
  await tx
    .update(callers)
    .set({ lastSeenAtMs: sql`max(${callers.lastSeenAtMs}, ${atMs})` })
    .where(eq(callers.id, callerId));
}

/**
 * Moves calls, ended blocks, acquaintance and allow of one row to another and removes the first. Guarantee: nothing of
 * the person is lost; of two acquaintances the earlier stays, of two allows the one that lasts longer. At most one of the
 * two rows may have a block that is not ended: end the other before, or the unique index refuses.
 */
export async function moveCaller(tx: Transaction, from: CallerRow, to: CallerRow): Promise<void> {
  await tx.update(whatsappCalls).set({ callerId: to.id }).where(eq(whatsappCalls.callerId, from.id));
  await tx.update(blockedContacts).set({ callerId: to.id }).where(eq(blockedContacts.callerId, from.id));
  await tx.run(sql`insert into ${knownContacts} (bot_id, caller_id, name, first_message_at_ms)
    select bot_id, ${to.id}, name, first_message_at_ms from ${knownContacts} where caller_id = ${from.id}
    on conflict (bot_id, caller_id) do update set name = coalesce(known_contacts.name, excluded.name),
      first_message_at_ms = min(known_contacts.first_message_at_ms, excluded.first_message_at_ms)`);
  await moveAllow(tx, from.id, to.id);
  await tx.delete(callers).where(eq(callers.id, from.id));
}

async function moveAllow(tx: Transaction, fromId: string, toId: string): Promise<void> {
  const rows = await tx
    .select()
    .from(allowedContacts)
    .where(inArray(allowedContacts.callerId, [fromId, toId]));
  const [longest, ...others] = rows.toSorted((left, right) => endOf(right) - endOf(left));
  if (!longest) return;
  for (const other of others) await tx.delete(allowedContacts).where(eq(allowedContacts.id, other.id));
  await tx.update(allowedContacts).set({ callerId: toId }).where(eq(allowedContacts.id, longest.id));
}

const endOf = (allow: { readonly expiresAtMs: number | null }): number => allow.expiresAtMs ?? Number.MAX_SAFE_INTEGER;
