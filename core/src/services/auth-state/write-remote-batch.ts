import {
  commitStatements,
  findApplied,
  findDataKeys,
  findHolding,
  findNamedRecords,
} from "@switchboard/db/queries/auth-records";
import type { LeaseName } from "@switchboard/db/queries/custody";
import type { ServiceContext } from "../../context.ts";
import { type Bytes, equalBytes, utf8 } from "../../crypto/bytes.ts";
import { hmac } from "../../crypto/hmac.ts";
import { recordKeyOf } from "../../crypto/record-cipher.ts";
import { type BatchDecision, type BatchState, type BatchWish, decideBatch } from "../../domain/auth-batches.ts";
import { type CredentialsJson, findCredentialsConflict } from "../../domain/auth-credentials.ts";
import { isHeldState } from "../../domain/vocabulary.ts";
import { ServiceError } from "../../errors.ts";
import type { AuthRecord } from "../../ports/auth-record-store.ts";
import { leaseLost, staleEpoch } from "../custody/authorize-lease.ts";
import { notPaired } from "../sessions/internal.ts";
import { openDataKeyRow, openDataKeys } from "./data-keys.ts";
import { CREDS_ID, CREDS_TYPE } from "./open-record-store.ts";
import { openRecords } from "./open-records.ts";
import { invalidParts } from "./remote-defects.ts";
import { requireRoom } from "./require-room.ts";
import { type SealingDataKey, sealChanges } from "./seal-changes.ts";

/**
 * Tries until a batch is written or refused. Each lost one means that another batch of the same holder was written
 * meanwhile, which the next reading refuses this one for, or that the data key was retired.
 */
const ATTEMPTS_MAX = 5;

/**
 * Writes a checked batch in one transaction and answers the revision it made; of a batch that was written before, the one it
 * made then. The revision is part of every seal, so it is read first, and written only while it is that.
 * @throws ServiceError stale-epoch, lease-lost, idempotency-key-reused, conflict, precondition-failed, validation-failed for
 *   credentials of another device or a session that is too large, not-paired, store-busy
 */
export async function writeRemoteBatch(
  ctx: ServiceContext,
  lease: LeaseName,
  wish: BatchWish,
  changes: readonly AuthRecord[],
): Promise<number> {
  const bodyHash = await hashOf(ctx, changes);
  const creds = changes.find(({ type }) => type === CREDS_TYPE)?.value ?? null;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const snapshot = await readSnapshot(ctx, lease, wish.sequence, { bodyHash, hasCredentials: creds !== null });
    const decision = decideBatch(snapshot.state, wish);
    if (decision.kind === "applied") return decision.revision;
    if (decision.kind !== "write") throw refusalOf(decision);
    await requireRoom(ctx, lease.botId, wish.sequence, changes);
    if (creds !== null) await requireSameDevice(ctx, lease, snapshot, creds);
    const isWritten = await tryWrite(ctx, lease, snapshot, { wish, bodyHash, changes, revision: decision.onRevision });
    if (isWritten) return decision.onRevision + 1;
  }
  throw new ServiceError("store-busy", "The session was being written to. Repeat the batch.", { retryAfterSeconds: 1 });
}

/** Of the content and not of its form: a batch that is sealed once more is the same. Keyed, since it may be one short record. */
function hashOf(ctx: ServiceContext, changes: readonly AuthRecord[]): Promise<Bytes> {
  const texts = changes.map(({ type, id, value }) => JSON.stringify([type, id, value]));
  return hmac(ctx.keyring.index, utf8(texts.toSorted().join("\n")));
}

type Snapshot = Awaited<ReturnType<typeof readSnapshot>>;

async function readSnapshot(
  ctx: ServiceContext,
  { botId, epoch }: LeaseName,
  sequence: number,
  { bodyHash, hasCredentials }: { readonly bodyHash: Bytes; readonly hasCredentials: boolean },
) {
  const credsKey = hasCredentials ? [await recordKeyOf(ctx.keyring.index, botId, CREDS_TYPE, CREDS_ID)] : [];
  const [[holding], [applied], keyRows, credsRows] = await ctx.db.readBatch((reader) => [
    findHolding(reader, botId),
    findApplied(reader, botId, epoch, sequence),
    findDataKeys(reader, botId),
    findNamedRecords(reader, botId, hasCredentials ? [{ type: CREDS_TYPE, recordKeys: credsKey }] : []),
  ]);
  if (!holding) throw new Error(`bot ${botId} has no custody row`);
  const hash = applied?.bodyHash ?? null;
  const known = hash === null ? null : equalBytes(new Uint8Array(hash), bodyHash);
  const state: BatchState = {
    epoch: holding.epoch,
    leaseId: holding.leaseId,
    isHeld: isHeldState(holding.state),
    revision: holding.revision,
    lastSequence: applied?.lastSequence ?? 0,
    applied: known === null ? null : { hasSameBody: known, revision: applied?.revision ?? 0 },
  };
  return { state, keyRows, credsRows };
}

/** An identity is never overwritten by what a holder writes back. @throws ServiceError validation-failed, not-paired */
async function requireSameDevice(
  ctx: ServiceContext,
  { botId }: LeaseName,
  { keyRows, credsRows }: Snapshot,
  creds: string,
): Promise<void> {
  const [stored] = await openRecords(ctx, botId, keyRows, credsRows);
  if (!stored) throw notPaired();
  const conflict = findCredentialsConflict(toJson(stored.value), toJson(creds));
  if (conflict === null) return;
  const message =
    conflict === "nextPreKeyId"
      ? "Must not fall: its pre-keys were given out."
      : "Is not that of the linked device. A session takes no other identity.";
  throw invalidParts([{ path: `creds.${conflict}`, message }]);
}

const toJson = (text: string): CredentialsJson => JSON.parse(text);

/** false: something else was written first, and nothing of this. */
async function tryWrite(
  ctx: ServiceContext,
  lease: LeaseName,
  snapshot: Snapshot,
  { wish, bodyHash, changes, revision }: PlacedBatch,
): Promise<boolean> {
  const sealing = await sealingKeyOf(ctx, lease, snapshot, changes.length);
  const sealed = await sealChanges(ctx, sealing, { botId: lease.botId, version: revision + 1 }, changes);
  const countedKeyId = sealing.isCounted || sealed.set.length === 0 ? null : sealing.id;
  const place = { lease, expectedRevision: revision, sequence: wish.sequence, countedKeyId };
  const batch = { ...place, bodyHash, nowMs: ctx.clock.nowMs(), ...sealed };
  const [raised] = await ctx.db.writeBatch((statements) => commitStatements(statements, batch));
  return raised.length === 1;
}

interface PlacedBatch {
  readonly wish: BatchWish;
  readonly bodyHash: Bytes;
  readonly changes: readonly AuthRecord[];
  readonly revision: number;
}

/** The key of the snapshot, whose uses the batch itself counts; a bot without one gets its first. */
async function sealingKeyOf(
  ctx: ServiceContext,
  { botId }: LeaseName,
  { keyRows }: Snapshot,
  uses: number,
): Promise<SealingDataKey & { readonly isCounted: boolean }> {
  const row = keyRows.find(({ retiredAtMs }) => retiredAtMs === null);
  if (row) return { id: row.id, key: await openDataKeyRow(ctx, row), isCounted: false };
  return { ...(await openDataKeys(ctx, botId).sealing(uses)), isCounted: true };
}

function refusalOf(decision: Exclude<BatchDecision, { readonly kind: "write" | "applied" }>): ServiceError {
  switch (decision.kind) {
    case "stale-epoch":
      return staleEpoch(decision.epoch);
    case "lease-lost":
      return leaseLost();
    case "another-body":
      return new ServiceError("idempotency-key-reused", "This number was used for another batch. Nothing was written.");
    case "out-of-order":
      return new ServiceError("conflict", `The batch that comes next is ${decision.expectedSequence}.`, {
        extra: { expectedSeq: decision.expectedSequence },
      });
    case "another-revision":
      return new ServiceError("precondition-failed", "The session changed since. Read again, then decide.", {
        extra: { revision: decision.revision },
      });
  }
}
