/** ASVS 5.0 7.3.1 and 7.3.2: a browser sign-in ends after so long without use, and after so long in any case. */
export const SIGN_IN_IDLE_SECONDS = 30 * 60;
export const SIGN_IN_SECONDS_MAX = 12 * 3_600;

/** When a browser sign-in was made and when it was last used, in milliseconds. */
export interface SignInUse {
  readonly createdAtMs: number;
  readonly usedAtMs: number;
}

/** Whether a browser sign-in is over. Its last use is told to the minute, so it may live up to a minute less. */
export function isSignInOver({ createdAtMs, usedAtMs }: SignInUse, nowMs: number): boolean {
  return createdAtMs + SIGN_IN_SECONDS_MAX * 1000 <= nowMs || usedAtMs + SIGN_IN_IDLE_SECONDS * 1000 <= nowMs;
}
