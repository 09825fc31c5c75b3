import { errors } from "jose";
import { fromBase64Url, toBase64Url } from "./bytes.ts";
import type { SubtleKey } from "./subtle-key.ts";

/**
 * Whether a compact token is written in the one way it can be: base64url that decodes to the same bytes but is spelt
 * differently is none (RFC 4648, 3.5). Nothing about its signature is checked.
 */
export function isCanonicalToken(token: string, lengthMax: number): boolean {
  if (token.length > lengthMax) return false;
  try {
    return token.split(".").every((part) => toBase64Url(fromBase64Url(part)) === part);
  } catch {
    return false;
  }
}

/** The public key a token's `kid` names, of ours alone. @throws JWKSNoMatchingKey */
export function publicKeyOf(publicKeys: ReadonlyMap<string, SubtleKey>, keyId: string | undefined): SubtleKey {
  const key = keyId === undefined ? undefined : publicKeys.get(keyId);
  if (!key) throw new errors.JWKSNoMatchingKey();
  return key;
}
