/**
 * How long one attempt waits inside SQLite for another process's lock. The driver is synchronous, so a wait blocks the
 * event loop; a short one and a pause between attempts cost no throughput (measured with two writing processes: 25 ms
 * and 250 ms alike) and keep the event loop's delay at the 99th percentile near 40 ms instead of 250 ms.
 */
export const LOCK_WAIT_MS = 25;

/** How long one call waits for the database in all: its turn in this process, other processes, a server that is away. */
export const CALL_WAIT_MS = 5_000;

/**
 * How long one answer of a server may take. Longer than the 5 s for which sqld lets one transaction hold back the others.
 */
export const SERVER_ANSWER_MS = 10_000;
