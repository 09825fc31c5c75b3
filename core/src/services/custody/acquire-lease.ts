import type { CustodyReading } from "@switchboard/db/queries/custody-control";
import type { z } from "zod";
import type { Actor, ServiceContext } from "../../context.ts";
import { hasScope } from "../../domain/access.ts";
import { ServiceError } from "../../errors.ts";
import { type AuthorizedBot, authorizeBot } from "../access.ts";
import { pause } from "../pause.ts";
import { notPaired } from "../sessions/internal.ts";
import { leaseLost, staleEpoch } from "./authorize-lease.ts";
import { type Begun, extendOwnLease, type KeyContext, tryToGrant } from "./grant-lease.ts";
import { claimIdempotencyKey, forgetClaim } from "./idempotency.ts";
import { botFrozen, custodyOf, isAlive, leaseHeld, leaseOf, reservedTo, toGrant } from "./internal.ts";
import type { acquireLeaseSchema, GrantedLease } from "./schemas.ts";

/** One indexed read of the row for each caller that waits. */
const POLL_MS = 200;
/** When a caller should come back whose wait was too short. */
const RETRY_AFTER_SECONDS = 2;

/** A lease, or that the bot is on its way to the caller. */
export type AcquireResult =
  | { readonly kind: "granted"; readonly lease: GrantedLease }
  | { readonly kind: "pending"; readonly retryAfterSeconds: number };

type AcquireInput = { readonly botId: string; readonly idempotencyKey: string | undefined } & z.output<
  typeof acquireLeaseSchema
>;

/**
 * Grants a bot to an API key: at once when nobody holds it, else within `waitSeconds`. With `takeover` its holder is asked
 * to finish and give it back, and the bot is kept for the caller; `pending` means that this goes on and the caller should
 * ask again. With `extends` the caller's own lease gets a new greatest life, without a change of epoch. Repeating a request
 * under its Idempotency-Key answers the same lease for a day, with a fresh token, as long as the lease lives.
 * @param hungUp aborted when nobody waits for the answer any more
 * @throws ServiceError not-found, scope-missing; forbidden for anything but an API key; not-paired; bot-frozen; lease-held
 *   (with `holder`); lease-lost, stale-epoch and conflict for a lease that cannot be extended or is over when its request is
 *   repeated; idempotency-key-missing, idempotency-key-reused, in-progress
 */
export async function acquireLease(
  ctx: ServiceContext,
  input: AcquireInput,
  hungUp: AbortSignal = new AbortController().signal,
): Promise<AcquireResult> {
  const bot = await authorizeBot(ctx, input.botId, "session:lease");
  const asKey = { ...ctx, actor: requireKey(ctx.actor) };
  if (input.takeover && !hasScope(asKey.actor.scopes, "session:takeover")) throw takeoverMissing();
  const { idempotencyKey, ...request } = input;
  const claim = await claimIdempotencyKey(asKey, idempotencyKey, { lease: request });
  if (claim.kind === "answered") return answerAgain(asKey, bot, claim.response);
  try {
    if (!bot.isLinked) throw notPaired();
    return await askFor({ ctx: asKey, bot, claim, input }, hungUp);
  } finally {
    // Only a grant is remembered: whatever else the answer is, the next one may be another.
    await forgetClaim(asKey, claim);
  }
}

async function askFor(begun: Begun, hungUp: AbortSignal): Promise<AcquireResult> {
  const { ctx, input } = begun;
  if (input.extends) return granted(ctx, await extendOwnLease(begun, input.extends));
  const untilMs = performance.now() + (input.waitSeconds ?? 0) * 1000;
  for (;;) {
    const reading = await custodyOf(ctx.db.reader, begun.bot.id);
    if (reading.custody.state === "frozen") throw botFrozen();
    const grant = await tryToGrant(begun, reading);
    if (grant) return granted(ctx, grant);
    const leftMs = untilMs - performance.now();
    if (leftMs <= 0 || hungUp.aborted) return giveUp(begun);
    await pause(Math.min(POLL_MS, leftMs), hungUp);
  }
}

/** @throws ServiceError lease-held unless the bot is on its way to the caller */
async function giveUp({ ctx, bot, input }: Begun): Promise<AcquireResult> {
  const reading = await custodyOf(ctx.db.reader, bot.id);
  if (reading.custody.state === "frozen") throw botFrozen();
  const to = reservedTo(reading);
  const isComing = to === ctx.actor.keyId || (input.takeover === true && to === null && !isAlive(reading));
  if (!isComing) throw leaseHeld(reading);
  return { kind: "pending", retryAfterSeconds: RETRY_AFTER_SECONDS };
}

const granted = async (ctx: ServiceContext, reading: CustodyReading): Promise<AcquireResult> => ({
  kind: "granted",
  lease: await toGrant(ctx, reading),
});

/** The lease that was granted before, with a fresh token. @throws ServiceError stale-epoch, lease-lost once it is over */
async function answerAgain(
  ctx: KeyContext,
  bot: AuthorizedBot<"session:lease">,
  response: unknown,
): Promise<AcquireResult> {
  const { leaseId, epoch } = response as { leaseId: string; epoch: number };
  const reading = await custodyOf(ctx.db.reader, bot.id);
  const lease = leaseOf(reading);
  if (reading.custody.epoch !== epoch) throw staleEpoch(reading.custody.epoch);
  if (lease?.id !== leaseId || !isAlive(reading)) throw leaseLost();
  return granted(ctx, reading);
}

function requireKey(actor: Actor): KeyContext["actor"] {
  if (actor.kind === "api-key") return actor;
  throw new ServiceError("forbidden", "Only an API key can hold a lease. Make one with the scope session:lease.");
}

const takeoverMissing = () =>
  new ServiceError("scope-missing", "This needs the scope session:takeover.", {
    extra: { requiredScope: "session:takeover" },
  });
