import { decodeJwt } from "jose";

/**
 * Whole seconds until a token ends, rounded down; 0 when it has ended or has no end. The token's signature is not checked:
 * this is for planning, not for trust.
 * @throws JWTInvalid when it is no JWT
 */
export function timeLeft(token: string, nowMs: number = Date.now()): number {
  const { exp = 0 } = decodeJwt(token);
  return Math.max(0, Math.floor(exp - nowMs / 1000));
}
