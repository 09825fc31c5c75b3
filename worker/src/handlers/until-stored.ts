import { setTimeout as pause } from "node:timers/promises";
import { isOutage } from "../journal/errors.ts";

/** What the repetition of a write needs to know of its bot. */
export interface Storing {
  /** false once the lease is over: what happened is then for the next holder to settle. */
  readonly isAlive: () => boolean;
  /** The wait between two tries, in milliseconds. */
  readonly retryMs: number;
}

/**
 * Repeats a write while the database is busy or away and the lease is alive, so that what was done on the wire is also
 * recorded when many calls come at once. The write must be safe to repeat, unless `isRepeatable` allows fewer errors.
 * @throws what the database answered, and the last error when the lease is over
 */
export async function untilStored<T>(
  storing: Storing,
  write: () => Promise<T>,
  isRepeatable: (err: unknown) => boolean = isOutage,
): Promise<T> {
  for (;;) {
    try {
      return await write();
    } catch (err) {
      if (!isRepeatable(err) || !storing.isAlive()) throw err;
      await pause(storing.retryMs, undefined, { ref: false });
      if (!storing.isAlive()) throw err;
    }
  }
}

/** It is certain that nothing was written: a write that must happen once may be tried again. */
export const wasNotApplied = (err: unknown): boolean =>
  isOutage(err) && !(err instanceof Error && "outcome" in err && err.outcome === "unknown");
