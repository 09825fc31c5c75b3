import { and, eq, inArray, isNull, or, type SQL, sql } from "drizzle-orm";
import { authBatches, authRecords, type BotId, custody, dataKeys } from "../schema/index.ts";
import type { Reader, Statements } from "../types.ts";
import { databaseNowMs, type LeaseName } from "./custody.ts";

/** Batches that are remembered of the present holder, so that a retry is answered and not applied twice. */
export const REMEMBERED_BATCHES = 1_000;
/** Rows per statement: seven parameters each stay far below SQLite's 32,766. */
const ROWS_PER_STATEMENT = 250;

/** A batch that was sealed for revision `expectedRevision + 1`. */
export interface SealedBatch {
  readonly lease: LeaseName;
  readonly expectedRevision: number;
  /** Names the batch in its epoch: a number of the writer's own, or the revision it makes where the writer counts none. */
  readonly sequence: number;
  readonly bodyHash: Uint8Array;
  readonly nowMs: number;
  /** The data key whose uses are counted with the batch; null: they were counted before. */
  readonly countedKeyId: number | null;
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
 * writes nothing; a batch sent twice is applied once (its `auth_batches` row bars the second). Neither is a batch written
 * that was sealed under a data key which is retired or gone by now.
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
    .where(and(fence(lease, expectedRevision), sql`not ${isApplied(batch)}`, isKeyInUse(lease.botId, batch.set)))
    .returning({ revision: custody.authRevision });
  const isRaised = sql`exists (select 1 from ${custody} where ${fence(lease, revision)}) and not ${isApplied(batch)}`;
  const records = writeRecords(statements, { ...lease, revision }, batch, isRaised);
  const counts = batch.countedKeyId === null ? [] : [countUses(statements, batch, batch.countedKeyId, isRaised)];
  const forget = statements.delete(authBatches).where(
    and(
      eq(authBatches.botId, lease.botId),
      // Older epochs and what is far behind in this one: one range of the primary key.
      sql`(${authBatches.epoch}, ${authBatches.sequence}) <= (${lease.epoch}, ${batch.sequence - REMEMBERED_BATCHES})`,
      isRaised,
    ),
  );
  const remember =
    statements.run(sql`insert into ${authBatches} (bot_id, epoch, sequence, body_hash, revision, created_at_ms)
    select ${lease.botId}, ${lease.epoch}, ${batch.sequence}, ${batch.bodyHash}, ${revision}, ${batch.nowMs} where ${isRaised}`);
  return [raise, ...records, ...counts, forget, remember] as const;
}

/** Where records will stand. */
export interface RecordPlace {
  readonly botId: BotId;
  readonly epoch: number;
  /** The revision that the records were sealed for. */
  readonly revision: number;
}

/** Statements that write sealed records and remove others, hundreds each, where `condition` holds; else they change nothing. */
export function writeRecords(
  statements: Statements,
  place: RecordPlace,
  { set, remove }: Pick<SealedBatch, "set" | "remove">,
  condition: SQL,
) {
  const inserts = chunks(set, ROWS_PER_STATEMENT).map((rows) => statements.run(upsert(place, rows, condition)));
  const removals = chunks(remove, ROWS_PER_STATEMENT).map((rows) =>
    statements.delete(authRecords).where(and(isNamed(place.botId, rows), condition)),
  );
  return [...inserts, ...removals];
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

/** Names of records of one type, as the rows have them. */
export interface RecordNames {
  readonly type: string;
  readonly recordKeys: readonly Uint8Array[];
}

/**
 * Records of several types; those that do not exist are absent, and no names find nothing. Only the columns that open a
 * record, since each costs as much as the row.
 */
export function findNamedRecords(reader: Pick<Reader, "select">, botId: BotId, names: readonly RecordNames[]) {
  const { type, recordKey, version, dataKeyId, ciphertext } = authRecords;
  const isOneOf = names.map((name) => and(eq(type, name.type), inArray(recordKey, [...name.recordKeys])));
  return reader
    .select({ type, recordKey, version, dataKeyId, ciphertext })
    .from(authRecords)
    .where(and(eq(authRecords.botId, botId), or(sql`false`, ...isOneOf)));
}

/** How many records a bot has, and the bytes of them as they are stored. Reads each row's head, not its content. */
export const measureRecords = (reader: Pick<Reader, "select">, botId: BotId) =>
  reader
    .select({
      records: sql<number>`count(*)`,
      bytes: sql<number>`coalesce(sum(length(${authRecords.ciphertext})), 0)`,
    })
    .from(authRecords)
    .where(eq(authRecords.botId, botId));

/** Every data key of a bot, wrapped; the newest that is not retired comes first. */
export const findDataKeys = (reader: Pick<Reader, "select">, botId: BotId) =>
  reader
    .select()
    .from(dataKeys)
    .where(eq(dataKeys.botId, botId))
    .orderBy(sql`${dataKeys.retiredAtMs} is not null, ${dataKeys.id} desc`);

/**
 * The custody row as a batch is judged by: who holds the bot, at which revision, and by the database's own clock.
 * Example: `{epoch: 7, leaseId: "lse_…", state: "held", revision: 41, expiresAtMs: 1767225720000, nowMs: 1767225700000}`.
 */
export const findHolding = (reader: Pick<Reader, "select">, botId: BotId) =>
  reader
    .select({
      epoch: custody.epoch,
      leaseId: custody.leaseId,
      state: custody.state,
      revision: custody.authRevision,
      expiresAtMs: custody.expiresAtMs,
      nowMs: databaseNowMs,
    })
    .from(custody)
    .where(eq(custody.botId, botId));

/**
 * What is remembered of the batches of an epoch: one row with the number of the last (null: none yet), and the hash and
 * revision of the one asked for (null: not remembered).
 * Example, asked for a repeat of the last: `{lastSequence: 9, bodyHash: …, revision: 50}`.
 */
export function findApplied(reader: Pick<Reader, "select">, botId: BotId, epoch: number, sequence: number) {
  const isAsked = sql`${authBatches.sequence} = ${sequence}`;
  return reader
    .select({
      lastSequence: sql<number | null>`max(${authBatches.sequence})`,
      bodyHash: sql<Uint8Array | ArrayBuffer | null>`max(case when ${isAsked} then ${authBatches.bodyHash} end)`,
      revision: sql<number | null>`max(case when ${isAsked} then ${authBatches.revision} end)`,
    })
    .from(authBatches)
    .where(and(eq(authBatches.botId, botId), eq(authBatches.epoch, epoch)));
}

const fence = (lease: LeaseName, revision: number): SQL =>
  sql`${custody.botId} = ${lease.botId} and ${custody.epoch} = ${lease.epoch} and ${custody.leaseId} = ${lease.leaseId}
    and ${custody.state} in ('held', 'draining') and ${custody.authRevision} = ${revision}`;

const isApplied = ({ lease, sequence }: SealedBatch): SQL =>
  sql`exists (select 1 from ${authBatches} where ${authBatches.botId} = ${lease.botId} and ${authBatches.epoch} = ${lease.epoch}
    and ${authBatches.sequence} = ${sequence})`;

/** A key that is being rotated out gets no new records: its last are being moved, and then it is deleted. */
export function isKeyInUse(botId: BotId, set: SealedBatch["set"]): SQL | undefined {
  const ids = [...new Set(set.map(({ dataKeyId }) => dataKeyId))];
  const isUsable = and(eq(dataKeys.botId, botId), inArray(dataKeys.id, ids), isNull(dataKeys.retiredAtMs));
  return ids.length === 0 ? undefined : sql`(select count(*) from ${dataKeys} where ${isUsable}) = ${ids.length}`;
}

const countUses = (statements: Statements, { lease, set }: SealedBatch, keyId: number, isRaised: SQL) =>
  statements
    .update(dataKeys)
    .set({ uses: sql`${dataKeys.uses} + ${set.length}` })
    .where(and(eq(dataKeys.botId, lease.botId), eq(dataKeys.id, keyId), isRaised));

const isNamed = (botId: BotId, rows: SealedBatch["remove"]): SQL | undefined => {
  const names = rows.map(({ type, recordKey }) => sql`(${type}, ${recordKey})`);
  return and(
    eq(authRecords.botId, botId),
    sql`(${authRecords.type}, ${authRecords.recordKey}) in (values ${sql.join(names, sql`, `)})`,
  );
};

function upsert({ botId, epoch, revision }: RecordPlace, rows: SealedBatch["set"], condition: SQL): SQL {
  const values = rows.map(
    (row) => sql`(${botId}, ${row.type}, ${row.recordKey}, ${revision}, ${epoch}, ${row.dataKeyId}, ${row.ciphertext})`,
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
