import {
  type NewAuditRow,
  newestCheckpoint,
  readAuditHead,
  readLastAuditSequence,
} from "@switchboard/db/queries/audit-chain";
import { audit, auditCheckpoints } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import type { ServiceContext } from "../../context.ts";
import { hashAuditRow, signCheckpoint } from "../../crypto/audit-chain.ts";
import { copyBytes, fromHex } from "../../crypto/bytes.ts";
import { type AuditRowContent, CHAIN_BEGINNING } from "../../domain/audit-chain.ts";
import { toCheckpointRow } from "./checkpoints.ts";

type ChainContext = Pick<ServiceContext, "clock" | "keyring">;

/**
 * Writes a row as the next one of the chain. Guarantee: the row's hash covers its contents, its number and the row before;
 * writers are one after the other, since the transaction holds the write lock, and a transaction that runs again hashes
 * again. Rows from before the chain stay as they are; the first row after them begins it, with a checkpoint that says so.
 * Costs one read more than a plain insert.
 */
export async function appendAuditRow(tx: Transaction, ctx: ChainContext, row: NewAuditRow): Promise<void> {
  const head = await readAuditHead(tx);
  const lastSequence = head?.lastSequence ?? (await readLastAuditSequence(tx));
  const sequence = Math.max(head?.sequence ?? 0, lastSequence) + 1;
  const previousHash = head?.hash ? copyBytes(head.hash) : fromHex(CHAIN_BEGINNING);
  if (!head?.hash) await beginChain(tx, ctx, sequence - 1);
  const hash = await hashAuditRow(previousHash, contentOf(row, sequence));
  await tx.insert(audit).values({ ...row, sequence, previousHash, hash });
}

/** As {@link AuditRowContent} wants it; what is not given is null in the table as well. */
function contentOf(row: NewAuditRow, sequence: number): AuditRowContent {
  const { id, atMs, actorKind, action, objectKind, outcome } = row;
  return {
    sequence,
    id,
    atMs,
    teamId: row.teamId ?? null,
    actorKind,
    actorId: row.actorId ?? null,
    action,
    objectKind,
    objectId: row.objectId ?? null,
    botId: row.botId ?? null,
    outcome,
    address: row.address ?? null,
    userAgent: row.userAgent ?? null,
    requestId: row.requestId ?? null,
    detail: JSON.stringify(row.detail),
  };
}

/** Says for good which rows were written before there was a chain. A chain that lost all of its rows does not begin anew. */
async function beginChain(tx: Transaction, { clock, keyring }: ChainContext, sequence: number): Promise<void> {
  if ((await newestCheckpoint(tx)).length > 0) return;
  const beginning = { sequence, hash: CHAIN_BEGINNING, atMs: clock.nowMs(), prunedAtMs: null };
  await tx.insert(auditCheckpoints).values(toCheckpointRow(await signCheckpoint(keyring.auditKeys[0], beginning)));
}
