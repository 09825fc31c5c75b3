import { errors, jwtVerify, SignJWT } from "jose";
import { randomBytes, toBase64Url } from "./bytes.ts";
import type { SigningKey } from "./session-tokens.ts";
import type { SubtleKey } from "./subtle-key.ts";
import { isCanonicalToken, publicKeyOf } from "./token-checks.ts";

/** The `typ` header of a lease token (RFC 8725, 3.11 and 3.12: no kind of token passes for another). */
export const LEASE_TOKEN_TYPE = "lease+jwt";
/** Lease tokens are meant for this service alone. */
export const LEASE_TOKEN_AUDIENCE = "switchboard";
/** What a lease token is good for: the session it names and its own lease. */
export const LEASE_TOKEN_SCOPE = "session:lease";
/** Far more than the claims need; a longer text is no lease token. */
export const LEASE_TOKEN_BYTES_MAX = 2 * 1024;

const TOKEN_ID_BYTES = 16;

/** Claims of a lease token. It names the lease; the custody row decides. */
export interface LeaseTokenClaims {
  readonly leaseId: string;
  readonly epoch: number;
  readonly botId: string;
  /** The API key that was granted the lease. */
  readonly keyId: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

/** Signs a lease token (JWS EdDSA). Times are cut to whole seconds, so that it never lives longer than said. */
export async function signLeaseToken(
  keys: { signing: SigningKey; issuer: string },
  claims: LeaseTokenClaims,
): Promise<string> {
  const { leaseId, epoch, botId, keyId } = claims;
  const issuedAtSeconds = Math.floor(claims.issuedAtMs / 1000);
  return new SignJWT({ bot: botId, leaseId, epoch, scp: LEASE_TOKEN_SCOPE })
    .setProtectedHeader({ alg: "EdDSA", typ: LEASE_TOKEN_TYPE, kid: keys.signing.id })
    .setIssuer(keys.issuer)
    .setAudience(LEASE_TOKEN_AUDIENCE)
    .setSubject(keyId)
    .setJti(toBase64Url(randomBytes(TOKEN_ID_BYTES)))
    .setIssuedAt(issuedAtSeconds)
    .setNotBefore(issuedAtSeconds)
    .setExpirationTime(Math.floor(claims.expiresAtMs / 1000))
    .sign(keys.signing.privateKey);
}

/**
 * Checks signature, algorithm, type, issuer, audience, scope and times; null for everything else. Whether the lease still
 * is the bot's is not checked: the custody row decides that. Only keys of `publicKeys` are used, whatever the header says.
 */
export async function verifyLeaseToken(
  keys: { publicKeys: ReadonlyMap<string, SubtleKey>; issuer: string },
  token: string,
  nowMs: number,
): Promise<LeaseTokenClaims | null> {
  if (!isCanonicalToken(token, LEASE_TOKEN_BYTES_MAX)) return null;
  try {
    const { payload } = await jwtVerify(token, (header) => publicKeyOf(keys.publicKeys, header.kid), {
      algorithms: ["EdDSA"],
      typ: LEASE_TOKEN_TYPE,
      issuer: keys.issuer,
      audience: LEASE_TOKEN_AUDIENCE,
      currentDate: new Date(nowMs),
      requiredClaims: ["jti", "sub", "exp", "nbf", "iat", "bot", "leaseId", "epoch", "scp"],
    });
    const { sub, iat, exp, bot, leaseId, epoch, scp } = payload;
    if (typeof sub !== "string" || typeof bot !== "string" || typeof leaseId !== "string") return null;
    if (typeof epoch !== "number" || !Number.isSafeInteger(epoch) || scp !== LEASE_TOKEN_SCOPE) return null;
    const times = { issuedAtMs: Number(iat) * 1000, expiresAtMs: Number(exp) * 1000 };
    return { leaseId, epoch, botId: bot, keyId: sub, ...times };
  } catch (err) {
    if (err instanceof errors.JOSEError || err instanceof TypeError) return null;
    throw err;
  }
}
