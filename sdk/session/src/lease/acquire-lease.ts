import { randomUUID } from "node:crypto";
import { ApiError, LeaseHeldError, SwitchboardError, UnreachableError } from "../errors.ts";
import { retrying, waitFor } from "../http/retry.ts";
import type { GrantedLease, LeaseCalls } from "./lease-calls.ts";

/** The service waits at most this long in one request; less than proxies usually allow. */
const WAIT_SECONDS_MAX = 20;
/** A holder that is asked to drain, or whose lease runs out, is asked about no more often than this. */
const PAUSE_MS_MIN = 250;
const PAUSE_MS_MAX = 5_000;

/** What is told of while a lease is waited for. */
export interface WaitProgress {
  /** `taking-over`: the holder was asked to give the bot up. `held`: an API key's lease has to end first. `unreachable`: no answer yet. */
  readonly why: "taking-over" | "held" | "unreachable";
  readonly waitedSeconds: number;
}

/** How a lease is wished for. */
export interface AcquireOptions {
  readonly ttlSeconds: number;
  readonly takeover: boolean;
  /** In all. */
  readonly waitSeconds: number;
  readonly signal: AbortSignal | undefined;
  readonly onWaiting: ((progress: WaitProgress) => void) | undefined;
}

/** A granted lease. `askedAtMs`: monotonic time from before the request that may have granted it first. */
export interface Acquired {
  readonly lease: GrantedLease;
  readonly askedAtMs: number;
}

/**
 * Asks for the lease until it is granted or the time is up. Waits for a takeover, and for the lease of an API key to run
 * out: it may be that of this program before it was killed. A worker gives a bot up only to a takeover.
 * @throws LeaseHeldError, BotFrozenError, ApiError, UnreachableError, the signal's reason
 */
export async function acquireLease(calls: LeaseCalls, options: AcquireOptions): Promise<Acquired> {
  const late = new AbortController();
  const lateAfterMs = (options.waitSeconds + WAIT_SECONDS_MAX) * 1000;
  const timer = setTimeout(() => late.abort(new UnreachableError("The service was not reached in time.")), lateAfterMs);
  try {
    const signal = options.signal ? AbortSignal.any([options.signal, late.signal]) : late.signal;
    return await askUntilGranted(calls, options, signal);
  } finally {
    clearTimeout(timer);
  }
}

async function askUntilGranted(calls: LeaseCalls, options: AcquireOptions, signal: AbortSignal): Promise<Acquired> {
  const startedAtMs = performance.now();
  const untilMs = startedAtMs + options.waitSeconds * 1000;
  const tell = (why: WaitProgress["why"]) =>
    options.onWaiting?.({ why, waitedSeconds: Math.floor((performance.now() - startedAtMs) / 1000) });
  // Who takes nothing over learns at once that a worker has the bot; what is left after that is worth waiting for.
  for (let remainingMs = options.takeover ? untilMs - startedAtMs : 0; ; remainingMs = untilMs - performance.now()) {
    const outcome = await ask(calls, options, remainingMs, { signal, tell });
    if ("lease" in outcome) return outcome;
    const delayMs = Math.min(PAUSE_MS_MAX, Math.max(PAUSE_MS_MIN, outcome.retryAfterSeconds * 1000));
    if (performance.now() + delayMs >= untilMs) throw outcome.refusal;
    tell(outcome.why);
    await waitFor(delayMs, signal);
  }
}

interface NotYet {
  readonly retryAfterSeconds: number;
  readonly why: "taking-over" | "held";
  readonly refusal: SwitchboardError;
}

interface Asking {
  readonly signal: AbortSignal;
  readonly tell: (why: WaitProgress["why"]) => void;
}

/** One wish, repeated under its idempotency key until it is answered. */
async function ask(
  calls: LeaseCalls,
  { ttlSeconds, takeover }: AcquireOptions,
  remainingMs: number,
  { signal, tell }: Asking,
): Promise<Acquired | NotYet> {
  const waitSeconds = Math.max(0, Math.min(WAIT_SECONDS_MAX, Math.floor(remainingMs / 1000)));
  const request = { ttlSeconds, takeover, waitSeconds, idempotencyKey: randomUUID() };
  const askedAtMs = performance.now();
  try {
    const onRetry = () => tell("unreachable");
    const answer = await retrying(() => calls.acquire(request, signal), { signal, onRetry });
    if ("leaseId" in answer) return { lease: answer, askedAtMs };
    const refusal = new SwitchboardError("takeover-pending", "The holder has not given the bot up yet.");
    return { retryAfterSeconds: answer.retryAfterSeconds, why: "taking-over", refusal };
  } catch (error) {
    const why = takeover ? "taking-over" : "held";
    // The first answer was lost, and what it granted is over: another wish may be granted.
    if (isOver(error)) return { retryAfterSeconds: 0, why, refusal: error };
    const isWorthWaiting = error instanceof LeaseHeldError && (takeover || error.holder?.kind !== "worker");
    if (!isWorthWaiting) throw error;
    return { retryAfterSeconds: error.retryAfterSeconds ?? 1, why, refusal: error };
  }
}

const isOver = (error: unknown): error is ApiError =>
  error instanceof ApiError && (error.code === "lease-lost" || error.code === "stale-epoch");
