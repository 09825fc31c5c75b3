import { setTimeout as pause } from "node:timers/promises";
import { type BackOff, backOffDelayMs } from "@switchboard/core/domain/back-off";
import { ApiError, UnreachableError } from "../errors.ts";

const RETRY: BackOff = { baseDelayMs: 200, delayMsMax: 3_000 };

/** What bounds the tries. */
export interface RetryOptions {
  /** Aborted when it makes no sense to go on; its reason is thrown then. */
  readonly signal: AbortSignal;
  readonly onRetry?: (error: unknown, delayMs: number) => void;
}

/**
 * Does the work again for as long as it fails in a way that may pass: no answer, 429, or an error of the server. Waits as
 * long as the service asks for (Retry-After), else longer after each failure. The work must be safe to repeat.
 * @throws the signal's reason, or what cannot pass
 */
export async function retrying<T>(work: () => Promise<T>, { signal, onRetry }: RetryOptions): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!mayPass(error)) throw error;
      const delayMs = retryAfterMs(error) ?? backOffDelayMs(RETRY, failures, Math.random());
      onRetry?.(error, delayMs);
      await waitFor(delayMs, signal);
    }
  }
}

/** Waits. @throws the signal's reason when it is aborted meanwhile */
export async function waitFor(delayMs: number, signal: AbortSignal): Promise<void> {
  await pause(delayMs, undefined, { signal }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw error;
  });
}

function mayPass(error: unknown): boolean {
  if (error instanceof UnreachableError) return true;
  if (!(error instanceof ApiError)) return false;
  return error.status === 429 || error.status >= 500 || error.code === "in-progress";
}

const retryAfterMs = (error: unknown): number | null =>
  error instanceof ApiError && error.retryAfterSeconds !== null ? error.retryAfterSeconds * 1000 : null;
