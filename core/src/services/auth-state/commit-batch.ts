import type { z } from "zod";
import type { ServiceContext } from "../../context.ts";
import { openBatch, type SealedBatch } from "../../crypto/sealed-content.ts";
import { SealedContentError } from "../../crypto/sealed-form.ts";
import { readChanges, readCredentials } from "../../domain/auth-changes.ts";
import { readRevisionTag } from "../../domain/revision-tag.ts";
import { ServiceError } from "../../errors.ts";
import type { AuthRecord } from "../../ports/auth-record-store.ts";
import { type AuthorizedLease, authorizeLease, staleEpoch } from "../custody/authorize-lease.ts";
import { notPaired } from "../sessions/internal.ts";
import { CREDS_ID, CREDS_TYPE } from "./open-record-store.ts";
import { invalidParts, requireValid } from "./remote-defects.ts";
import { findRemoteForm, type RemoteForm } from "./remote-form.ts";
import type { commitBatchSchema } from "./schemas.ts";
import { writeRemoteBatch } from "./write-remote-batch.ts";

/** A batch with the two fields of its request that say where it belongs; null: not sent. */
export type CommitBatchInput = { botId: string; ifMatch: string | null; idempotencyKey: string | null } & z.output<
  typeof commitBatchSchema
>;

/** The revision a batch made, or had made when it was sent before. */
export interface CommittedBatch {
  readonly epoch: number;
  readonly revision: number;
}

/**
 * Stores what a holder's connection changed: credentials and keys together, all or nothing, durable when it resolves. The
 * same batch again is answered the same and applied once. Accepted after the lease's end while nobody else was granted
 * the bot. Everything is checked before anything is written.
 * @throws ServiceError as {@link authorizeLease}; precondition-required; idempotency-key-missing; stale-epoch, final;
 *   precondition-failed for another revision; conflict (with `expectedSeq`) for a batch out of order;
 *   idempotency-key-reused for another body; recipient-key-required; validation-failed; not-paired; store-busy
 */
export async function commitBatch(ctx: ServiceContext, input: CommitBatchInput): Promise<CommittedBatch> {
  const held = await authorizeLease(ctx, input.botId, { isExpiredAllowed: true });
  const expectedRevision = readExpectedRevision(held, input);
  const form = await findRemoteForm(ctx, held);
  const changes = readBody(await openBody(ctx, held, form, input));
  if (!held.bot.isLinked) throw notPaired();
  const { lease } = held;
  const wish = { epoch: lease.epoch, leaseId: lease.leaseId, sequence: input.seq, expectedRevision };
  return { epoch: lease.epoch, revision: await writeRemoteBatch(ctx, lease, wish, changes) };
}

/** null: any revision of this epoch. */
function readExpectedRevision(
  { lease, custody }: AuthorizedLease,
  { ifMatch, idempotencyKey, seq }: CommitBatchInput,
): number | null {
  if (ifMatch === null)
    throw new ServiceError("precondition-required", 'Send If-Match with "<epoch>.<revision>" or "<epoch>.*".');
  const tag = readRevisionTag(ifMatch);
  if (tag === null)
    throw invalidParts([
      { path: "if-match", message: 'Must be "<epoch>.<revision>" or "<epoch>.*", with its quotes.' },
    ]);
  if (tag.epoch !== lease.epoch) throw staleEpoch(custody.epoch);
  if (idempotencyKey === null)
    throw new ServiceError("idempotency-key-missing", "Send Idempotency-Key with <epoch>-<seq>.");
  if (idempotencyKey !== `${lease.epoch}-${seq}`)
    throw invalidParts([{ path: "idempotency-key", message: "Must be <epoch>-<seq> of this batch." }]);
  return tag.revision;
}

type BatchBody = Pick<SealedBatch, "creds" | "set">;

/** What the batch holds; not checked yet. */
async function openBody(
  ctx: ServiceContext,
  { lease }: AuthorizedLease,
  form: RemoteForm,
  { seq, sealed, creds, set }: CommitBatchInput,
): Promise<BatchBody> {
  if (sealed === undefined) {
    if (form !== null) throw invalidParts([{ path: "sealed", message: "Batches of this key travel sealed." }]);
    return { set: set ?? {}, ...(creds === undefined ? {} : { creds }) };
  }
  if (creds !== undefined || set !== undefined)
    throw invalidParts([{ path: "sealed", message: "Beside it no creds and no set." }]);
  const batch = await openBatch(ctx.keyring.encryptionKeys, sealed).catch(refuseUnopened);
  const isThis =
    batch.botId === lease.botId && batch.leaseId === lease.leaseId && batch.epoch === lease.epoch && batch.seq === seq;
  if (!isThis) throw invalidParts([{ path: "sealed", message: "Is for another bot, lease, epoch or number." }]);
  return batch;
}

function refuseUnopened(err: unknown): never {
  if (!(err instanceof SealedContentError)) throw err;
  const message = "Must be a batch, sealed to the key that /.well-known/jwks.json publishes for enc.";
  throw invalidParts([{ path: "sealed", message }]);
}

function readBody({ creds, set }: BatchBody): readonly AuthRecord[] {
  const changes: readonly AuthRecord[] = requireValid(readChanges(set));
  const all =
    creds === undefined
      ? changes
      : [...changes, { type: CREDS_TYPE, id: CREDS_ID, value: requireValid(readCredentials(creds)) }];
  if (all.length === 0) throw invalidParts([{ path: "set", message: "The batch changes nothing." }]);
  return all;
}
