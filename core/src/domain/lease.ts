/** Shortest life of a microservice's lease, in seconds: less would not survive one slow request. */
export const leaseSecondsMin = 5;

/** Longest life between two renewals, in seconds: as long a bot lies still when its holder dies. */
export const leaseSecondsMax = 300;

/** How long a caller may wait for a lease, in seconds: proxies on the way give up soon after. */
export const leaseWaitSecondsMax = 30;

/** How long a lease can be renewed with its own token: a day. Then the API key has to ask for more. */
export const leaseLifeMsMax = 86_400_000;

/** How long a holder has to finish, close its connection and release once it was told to drain. */
export const drainMs = 20_000;

/** Longest life of a lease token. */
export const leaseTokenMsMax = 300_000;

/** A lease token outlives its lease by this, so that a late holder is told that it lost it and not that it is nobody. */
export const leaseTokenGraceMs = 30_000;

/** Life of a lease token made now for a lease that has `remainingMs` left. */
export const leaseTokenLifeMs = (remainingMs: number): number =>
  Math.min(leaseTokenMsMax, Math.max(0, remainingMs) + leaseTokenGraceMs);

/** Seconds after which a lease of this life should be renewed: a third of it, so that two renewals may fail. */
export const renewAfterSeconds = (ttlMs: number): number => Math.max(1, Math.round(ttlMs / 3_000));

/** Whether a holder should be warned: less than a third of the life is left, so the renewals before it were missed. */
export const isExpiringSoon = (remainingMs: number, ttlMs: number): boolean => remainingMs < ttlMs / 3;
