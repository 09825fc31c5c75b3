import { ApiError, SwitchboardError, UnreachableError } from "../errors.ts";
import { retrying } from "../http/retry.ts";

/**
 * Does what ends a lease, or asks for its end, as {@link retrying} does. Where an answer was lost, a later refusal because
 * the lease is over says that it was done: the first try did it. @throws as `retrying`
 */
export async function givingBack(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
  let isAnswerLost = false;
  const onRetry = (error: unknown) => {
    isAnswerLost ||= error instanceof UnreachableError;
  };
  try {
    await retrying(work, { signal, onRetry });
  } catch (error) {
    if (!isAnswerLost || !saysOver(error)) throw error;
  }
}

/** `session-over`: the lease that was handed over was released meanwhile, as its events asked for. */
function saysOver(error: unknown): boolean {
  if (error instanceof ApiError) return error.code === "lease-lost" || error.code === "stale-epoch";
  return error instanceof SwitchboardError && error.code === "session-over";
}
