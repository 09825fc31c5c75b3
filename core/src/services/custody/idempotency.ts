import { idempotencyKeys } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { and, eq, isNull } from "drizzle-orm";
import { actorName, type ServiceContext } from "../../context.ts";
import { copyBytes, equalBytes, utf8 } from "../../crypto/bytes.ts";
import { hmac } from "../../crypto/hmac.ts";
import { invalid, ServiceError } from "../../errors.ts";

/** How long an answer is remembered. */
const REMEMBERED_MS = 86_400_000;
/** A request that is still running after this has died with its process: longer than anybody may wait for a lease. */
const RUNNING_MS = 60_000;
/** Visible ASCII, as the draft's structured strings have it. */
const KEY_FORM = /^[\x21-\x7e]{1,255}$/;

type IdempotencyContext = Pick<ServiceContext, "db" | "clock" | "actor" | "keyring">;

/** A request that was begun under its key, or the answer it got before. */
export type Claim =
  | { readonly kind: "begun"; readonly key: string; readonly createdAtMs: number }
  | { readonly kind: "answered"; readonly response: unknown };

/**
 * Begins a request under the key its caller gave it (draft-ietf-httpapi-idempotency-key-header-07): of several with one key
 * one runs. Keys of different callers have nothing to do with each other.
 * @throws ServiceError idempotency-key-missing; validation-failed; idempotency-key-reused for another request under the
 *   same key; in-progress while the first one runs
 */
export async function claimIdempotencyKey(
  ctx: IdempotencyContext,
  key: string | undefined,
  request: unknown,
): Promise<Claim> {
  if (key === undefined || key === "")
    throw new ServiceError(
      "idempotency-key-missing",
      "Send an Idempotency-Key, and the same one when you repeat this.",
    );
  if (!KEY_FORM.test(key)) throw invalid("Idempotency-Key", "Write 1 to 255 visible ASCII characters.");
  const subject = actorName(ctx.actor);
  // Keyed, so that the stored hash tells nothing of the request.
  const bodyHash = await hmac(ctx.keyring.index, utf8(JSON.stringify(request)));
  return ctx.db.write(async (tx) => {
    const nowMs = ctx.clock.nowMs();
    const [known] = await tx.select().from(idempotencyKeys).where(isRow(subject, key));
    if (known && known.expiresAtMs > nowMs) {
      if (!equalBytes(copyBytes(known.bodyHash), bodyHash)) throw reused();
      if (known.status === null) throw stillRunning();
      return { kind: "answered", response: known.response };
    }
    const row = { bodyHash, status: null, response: null, createdAtMs: nowMs, expiresAtMs: nowMs + RUNNING_MS };
    await tx
      .insert(idempotencyKeys)
      .values({ subject, key, ...row })
      .onConflictDoUpdate({ target: [idempotencyKeys.subject, idempotencyKeys.key], set: row });
    return { kind: "begun", key, createdAtMs: nowMs };
  });
}

/**
 * Remembers the answer, in the transaction of what it tells of. `response` must hold no secret.
 * @throws ServiceError in-progress where the request took so long that a repetition was begun under its key: that one answers
 */
export async function rememberAnswer(
  tx: Transaction,
  ctx: IdempotencyContext,
  claim: Extract<Claim, { kind: "begun" }>,
  status: number,
  response: unknown,
): Promise<void> {
  const answer = { status, response, expiresAtMs: ctx.clock.nowMs() + REMEMBERED_MS };
  const remembered = await tx
    .update(idempotencyKeys)
    .set(answer)
    .where(isClaim(ctx, claim))
    .returning({ key: idempotencyKeys.key });
  if (remembered.length === 0) throw stillRunning();
}

/** Forgets a request that changed nothing, so that it can be repeated under the same key. Safe after an answer. */
export async function forgetClaim(ctx: IdempotencyContext, claim: Extract<Claim, { kind: "begun" }>): Promise<void> {
  await ctx.db.writeBatch((statements) => [
    statements.delete(idempotencyKeys).where(and(isClaim(ctx, claim), isNull(idempotencyKeys.status))),
  ]);
}

const isRow = (subject: string, key: string) => and(eq(idempotencyKeys.subject, subject), eq(idempotencyKeys.key, key));

/** The row as long as it is this request's: a repetition after {@link RUNNING_MS} has one of its own under the same key. */
const isClaim = ({ actor }: IdempotencyContext, { key, createdAtMs }: Extract<Claim, { kind: "begun" }>) =>
  and(isRow(actorName(actor), key), eq(idempotencyKeys.createdAtMs, createdAtMs));

const reused = () =>
  new ServiceError("idempotency-key-reused", "This Idempotency-Key came with another request before. Use a new one.");

const stillRunning = () =>
  new ServiceError("in-progress", "A request with this Idempotency-Key is still running.", { retryAfterSeconds: 1 });
