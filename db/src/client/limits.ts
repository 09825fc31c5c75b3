/**
 * How long one attempt waits inside SQLite for another process's lock. The driver is synchronous, so this is also the
 * longest time a wait may block the event loop.
 */
export const LOCK_WAIT_MS = 250;

/** How long one call waits for the database in all: its turn in this process, other processes, a server that is away. */
export const CALL_WAIT_MS = 5_000;

/**
 * How long one answer of a server may take. Longer than the 5 s for which sqld lets one transaction hold back the others.
 */
export const SERVER_ANSWER_MS = 10_000;
