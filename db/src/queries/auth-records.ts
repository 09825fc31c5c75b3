import { and, eq, inArray, lte, type SQL, sql } from "drizzle-orm";
import { authBatches, authRecords, type BotId, custody } from "../schema/index.ts";
import type { Statements } from "../types.ts";
import type { LeaseName } from "./custody.ts";

/** Batches that are remembered per bot, so that a retry is answered and not applied twice. */
export const REMEMBERED_BATCHES = 1_000;
/** Rows per INSERT: seven parameters each stay far below SQLite's 32,766. */
const ROWS_PER_STATEMENT = 250;

/** A batch that was sealed for revision `expectedRevision + 1`. */
export interface SealedBatch {
  readonly lease: LeaseName;
  readonly expectedRevision: number;
  readonly bodyHash: Uint8Array;
  readonly nowMs: number;
  readonly set: readonly {
    readonly type: string;
    readonly recordKey: Uint8Array;
    readonly dataKeyId: number;
    readonly ciphertext: Uint8Array;
  }[];
  readonly remove: readonly { readonly type: string; readonly recordKey: Uint8Array }[];
}

/**
 * The statements of one fenced commit, to be run as one atomic batch.
 *
 * Guarantee: the first statement returns the new revision, or no row and then none of the others changed anything.
 * The fence is owner and epoch and revision at once, read inside the same transaction, so a holder that lost its lease
 * writes nothing; a batch sent twice is applied once (its `auth_batches` row bars the second).
 * A batch of the current epoch is accepted after the lease's expiry as long as nobody acquired: refusing would only
 * lose ratchet steps.
 * Example of the first result: `[{revision: 42}]`.
 */
export function commitStatements(statements: Statements, batch: SealedBatch) {
  const { lease, expectedRevision } = batch;
  const revision = expectedRevision + 1;
  const raise = statements
    .update(custody)
    .set({ authRevision: revision })
    .where(and(fence(lease, expectedRevision), sql`not ${isApplied(lease, revision)}`))
    .returning({ revision: custody.authRevision });
  const isRaised = sql`exists (select 1 from ${custody} where ${fence(lease, revision)}) and not ${isApplied(lease, revision)}`;
  const inserts = chunks(batch.set, ROWS_PER_STATEMENT).map((rows) =>
    statements.run(upsert(lease, revision, rows, isRaised)),
  );
  const removals = batch.remove.map((row) =>
    statements
      .delete(authRecords)
      .where(
        and(
          eq(authRecords.botId, lease.botId),
          eq(authRecords.type, row.type),
          eq(authRecords.recordKey, row.recordKey),
          isRaised,
        ),
      ),
  );
  const remember =
    statements.run(sql`insert into ${authBatches} (bot_id, epoch, sequence, body_hash, revision, created_at_ms)
    select ${lease.botId}, ${lease.epoch}, ${revision}, ${batch.bodyHash}, ${revision}, ${batch.nowMs} where ${isRaised}`);
  const forget = statements
    .delete(authBatches)
    .where(and(eq(authBatches.botId, lease.botId), lte(authBatches.revision, revision - REMEMBERED_BATCHES)));
  return [raise, ...inserts, ...removals, forget, remember] as const;
}

/** Records of one type by their record keys; those that do not exist are absent. */
export const readRecords = (
  reader: Pick<Statements, "select">,
  botId: BotId,
  type: string,
  keys: readonly Uint8Array[],
) =>
  reader
    .select()
    .from(authRecords)
    .where(and(eq(authRecords.botId, botId), eq(authRecords.type, type), inArray(authRecords.recordKey, [...keys])));

const fence = (lease: LeaseName, revision: number): SQL =>
  sql`${custody.botId} = ${lease.botId} and ${custody.epoch} = ${lease.epoch} and ${custody.leaseId} = ${lease.leaseId}
    and ${custody.state} in ('held', 'draining') and ${custody.authRevision} = ${revision}`;

const isApplied = (lease: LeaseName, revision: number): SQL =>
  sql`exists (select 1 from ${authBatches} where ${authBatches.botId} = ${lease.botId} and ${authBatches.epoch} = ${lease.epoch}
    and ${authBatches.sequence} = ${revision})`;

function upsert(lease: LeaseName, revision: number, rows: SealedBatch["set"], condition: SQL): SQL {
  const values = rows.map(
    (row) =>
      sql`(${lease.botId}, ${row.type}, ${row.recordKey}, ${revision}, ${lease.epoch}, ${row.dataKeyId}, ${row.ciphertext})`,
  );
  return sql`insert into ${authRecords} (bot_id, type, record_key, version, epoch, data_key_id, ciphertext)
    select * from (values ${sql.join(values, sql`, `)}) where ${condition}
    on conflict (bot_id, type, record_key) do update set version = excluded.version, epoch = excluded.epoch,
      data_key_id = excluded.data_key_id, ciphertext = excluded.ciphertext`;
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let start = 0; start < items.length; start += size) parts.push(items.slice(start, start + size));
  return parts;
}
