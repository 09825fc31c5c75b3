import { CompactEncrypt, compactDecrypt, errors, jwtVerify, SignJWT } from "jose";
import { type Bytes, fromUtf8, utf8 } from "./bytes.ts";
import type { SubtleKey } from "./subtle-key.ts";
import { isCanonicalToken, publicKeyOf } from "./token-checks.ts";

/** The `typ` header of a session token (RFC 8725, 3.11: explicit typing). */
export const SESSION_TOKEN_TYPE = "session+jwt";
/** Session tokens are meant for this service alone. */
export const SESSION_TOKEN_AUDIENCE = "switchboard";
/** Room in request headers of common proxies; a token that would be longer is not made. */
export const SESSION_TOKEN_BYTES_MAX = 6 * 1024;

/** Credentials longer than this are compressed: they would not fit otherwise, and for the others it costs more than it gives. */
const PLAIN_CREDENTIALS_LENGTH_MAX = 2 * 1024;

/** The credentials do not fit into a token, not even compressed. */
export class SessionTokenTooLongError extends Error {
  override readonly name = "SessionTokenTooLongError";
}

/** A signing key as the token functions need it. */
export interface SigningKey {
  readonly id: string;
  readonly privateKey: SubtleKey;
}

/** Claims of a session token, before `ses` is opened. */
export interface SessionTokenClaims {
  readonly tokenId: string;
  readonly botId: string;
  readonly subject: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  readonly scopes: readonly string[];
}

/** Why a token was not accepted: by its form or signature, or by its time. */
export type SessionTokenRefusal = "invalid" | "expired";

/**
 * Signs a session token (JWS EdDSA) whose `ses` claim is the credentials as a JWE that only this service opens.
 * @throws SessionTokenTooLongError when the token would be longer than SESSION_TOKEN_BYTES_MAX
 */
export async function signSessionToken(
  keys: { signing: SigningKey; claims: Bytes; issuer: string },
  claims: SessionTokenClaims,
  credentials: string,
): Promise<string> {
  const compression = credentials.length > PLAIN_CREDENTIALS_LENGTH_MAX ? { zip: "DEF" } : {};
  const ses = await new CompactEncrypt(utf8(credentials))
    .setProtectedHeader({ alg: "dir", enc: "A256GCM", ...compression })
    .encrypt(keys.claims);
  const token = await new SignJWT({ bot: claims.botId, scp: claims.scopes.join(" "), ses })
    .setProtectedHeader({ alg: "EdDSA", typ: SESSION_TOKEN_TYPE, kid: keys.signing.id })
    .setIssuer(keys.issuer)
    .setAudience(SESSION_TOKEN_AUDIENCE)
    .setSubject(claims.subject)
    .setJti(claims.tokenId)
    .setIssuedAt(Math.floor(claims.issuedAtMs / 1000))
    .setNotBefore(Math.floor(claims.issuedAtMs / 1000))
    .setExpirationTime(Math.ceil(claims.expiresAtMs / 1000))
    .sign(keys.signing.privateKey);
  if (token.length > SESSION_TOKEN_BYTES_MAX) throw new SessionTokenTooLongError("The session token would be too long");
  return token;
}

/**
 * Checks signature, algorithm, type, issuer, audience and times. Revocation is not checked: the token's row decides that.
 * Only keys of `publicKeys` are used; `jku`, `x5u` and `jwk` headers are ignored. One token has one spelling: base64url that
 * decodes to the same bytes but is written differently is refused (RFC 4648, 3.5).
 */
export async function verifySessionToken(
  keys: { publicKeys: ReadonlyMap<string, SubtleKey>; issuer: string },
  token: string,
  nowMs: number,
): Promise<{ ok: true; claims: SessionTokenClaims; ses: string } | { ok: false; reason: SessionTokenRefusal }> {
  if (!isCanonicalToken(token, SESSION_TOKEN_BYTES_MAX)) return { ok: false, reason: "invalid" };
  try {
    const { payload } = await jwtVerify(token, (header) => publicKeyOf(keys.publicKeys, header.kid), {
      algorithms: ["EdDSA"],
      typ: SESSION_TOKEN_TYPE,
      issuer: keys.issuer,
      audience: SESSION_TOKEN_AUDIENCE,
      currentDate: new Date(nowMs),
      requiredClaims: ["jti", "sub", "exp", "nbf", "iat", "bot", "ses"],
    });
    const { jti, sub, iat, exp, bot, scp, ses } = payload;
    if (typeof jti !== "string" || typeof sub !== "string" || typeof bot !== "string" || typeof ses !== "string")
      return { ok: false, reason: "invalid" };
    const scopes = typeof scp === "string" ? scp.split(" ") : [];
    const times = { issuedAtMs: Number(iat) * 1000, expiresAtMs: Number(exp) * 1000 };
    return { ok: true, claims: { tokenId: jti, botId: bot, subject: sub, scopes, ...times }, ses };
  } catch (err) {
    return { ok: false, reason: err instanceof errors.JWTExpired ? "expired" : "invalid" };
  }
}

/** The credentials inside a verified token's `ses` claim. @throws JOSEError when it was not sealed by this service */
export async function openSessionClaim(claimsKey: Bytes, ses: string): Promise<string> {
  const { plaintext } = await compactDecrypt(ses, claimsKey, {
    keyManagementAlgorithms: ["dir"],
    contentEncryptionAlgorithms: ["A256GCM"],
  });
  return fromUtf8(plaintext);
}
