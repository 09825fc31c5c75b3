import {
  ApiError,
  BotFrozenError,
  LeaseLostError,
  StaleEpochError,
  SwitchboardError,
  UnreachableError,
} from "../errors.ts";
import { retrying } from "../http/retry.ts";
import type { LeaseCalls } from "./lease-calls.ts";

/** For what follows a lease that may still be held: then it runs out by itself. */
const LAST_TRIES_MS = 5_000;

/**
 * Does what ends a lease, or asks for its end, as {@link retrying} does. Where an answer was lost, a later refusal because
 * the lease is over says that it may have been done by the first try; `isDone` decides. @throws as `retrying`
 */
export async function givingBack(
  work: () => Promise<void>,
  signal: AbortSignal,
  isDone: () => Promise<boolean> = async () => true,
): Promise<void> {
  let isAnswerLost = false;
  const onRetry = (error: unknown) => {
    isAnswerLost ||= error instanceof UnreachableError;
  };
  try {
    await retrying(work, { signal, onRetry });
  } catch (error) {
    if (!isAnswerLost || !saysOver(error) || !(await isDone())) throw error;
  }
}

/**
 * Hands the bot over. A lease that is over after a lost answer may have ended otherwise, so what became of the bot decides.
 * @throws as {@link givingBack}
 */
export const handingOver = (calls: LeaseCalls, token: () => string, to: string, signal: AbortSignal): Promise<void> =>
  givingBack(
    () => calls.handOver(token(), to),
    signal,
    async () => (await calls.whoseNext()) === to,
  );

/**
 * Releases a lease whose holder has stopped, and does not know what of its last write was stored: the next holder recovers.
 * Never throws: a lease that cannot be given back runs out by itself.
 */
export async function releaseUnclean(calls: LeaseCalls, token: string, revision: number): Promise<void> {
  const signal = AbortSignal.timeout(LAST_TRIES_MS);
  const release = (finalRevision: number) => retrying(() => calls.release(token, finalRevision, false), { signal });
  await release(revision)
    .catch((error: unknown) => {
      const stored = error instanceof ApiError && error.code === "final-revision-mismatch" && error.problem.revision;
      return typeof stored === "number" ? release(stored) : undefined;
    })
    .catch(() => undefined);
}

/** Whether a lease that was lost to this process may still be its own for the service: nobody else ended it. */
export function mayStillHold(error: Error): boolean {
  if (error instanceof LeaseLostError) return error.reason === "connection-replaced" || error.reason === "write-failed";
  return !(error instanceof StaleEpochError || error instanceof BotFrozenError);
}

/** `session-over`: the lease that was handed over was released meanwhile, as its events asked for. */
function saysOver(error: unknown): boolean {
  if (error instanceof ApiError) return error.code === "lease-lost" || error.code === "stale-epoch";
  return error instanceof SwitchboardError && error.code === "session-over";
}
