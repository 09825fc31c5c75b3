/** Shortest life of a session token: less would expire on its way through a queue or a cold start. */
export const sessionTokenSecondsMin = 60;

/** Longest life: a week. Longer needs are met by renewal, which checks the key again. */
export const sessionTokenSecondsMax = 604_800;

/** Life of a token nobody asked a length for. */
export const sessionTokenSecondsDefault = 3_600;

/** How long a token can be renewed from itself, from the first of its chain on: 30 days. */
export const renewalChainSecondsMax = 2_592_000;

/** Smallest and largest life of a token in seconds, as an installation sets them within the bounds above. */
export interface LifetimeBounds {
  readonly secondsMin: number;
  readonly secondsMax: number;
  readonly secondsDefault: number;
}

/** The bounds of an installation that sets none. */
export const defaultLifetimeBounds: LifetimeBounds = {
  secondsMin: sessionTokenSecondsMin,
  secondsMax: sessionTokenSecondsMax,
  secondsDefault: sessionTokenSecondsDefault,
};

/** Why a wished lifetime is not possible. */
export type LifetimeRefusal = "unreadable" | "too-short" | "too-long";

/** A lifetime in whole seconds, or why there is none. */
export type LifetimeResult = { ok: true; seconds: number } | { ok: false; reason: LifetimeRefusal };

const secondsByUnit: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/**
 * Reads `expiresIn`: whole seconds as a number, or a text of digits and one unit (`15m`, `24h`, `7d`, `90s`). Absent:
 * the default. What lies outside the bounds is refused, not bent, so nobody relies on a life they did not get.
 */
export function parseTokenLifetime(
  expiresIn: number | string | null | undefined,
  bounds: LifetimeBounds = defaultLifetimeBounds,
): LifetimeResult {
  const seconds = secondsOf(expiresIn ?? bounds.secondsDefault);
  if (seconds === null) return { ok: false, reason: "unreadable" };
  if (seconds < bounds.secondsMin) return { ok: false, reason: "too-short" };
  if (seconds > bounds.secondsMax) return { ok: false, reason: "too-long" };
  return { ok: true, seconds };
}

/** A renewal: the life of the next token, cut to the end of the chain, or the end of the chain itself. */
export type RenewalResult = { ok: true; seconds: number } | { ok: false; reason: "chain-ended" };

/**
 * The life of a token renewed from another. `chainStartedAtMs` is when the first token of the chain was issued. A rest
 * shorter than the shortest life ends the chain: the key has to ask for a new one.
 */
export function renewalLifetime(
  wishedSeconds: number,
  chainStartedAtMs: number,
  nowMs: number,
  secondsMin: number = sessionTokenSecondsMin,
): RenewalResult {
  const chainEndsAtMs = chainStartedAtMs + renewalChainSecondsMax * 1_000;
  const seconds = Math.min(wishedSeconds, remainingSeconds(chainEndsAtMs, nowMs));
  return seconds < secondsMin ? { ok: false, reason: "chain-ended" } : { ok: true, seconds };
}

/** Whole seconds until `expiresAtMs`, rounded down; 0 when it has passed. */
export function remainingSeconds(expiresAtMs: number, nowMs: number): number {
  return Math.max(0, Math.floor((expiresAtMs - nowMs) / 1_000));
}

/** Whether the token is over: from `expiresAtMs` itself on, without leeway (RFC 7519, 4.1.4). */
export function isExpired(expiresAtMs: number, nowMs: number): boolean {
  return nowMs >= expiresAtMs;
}

function secondsOf(expiresIn: number | string): number | null {
  if (typeof expiresIn === "number") return Number.isSafeInteger(expiresIn) ? expiresIn : null;
  const [, digits, unit] = /^(\d{1,9})([smhd])$/.exec(expiresIn) ?? [];
  const factor = unit === undefined ? undefined : secondsByUnit[unit];
  return digits === undefined || factor === undefined ? null : Number(digits) * factor;
}
