import { verifySessionToken as verifySignature } from "@switchboard/core/crypto/session-tokens";
import { decodeJwt } from "jose";
import { SealError } from "../errors.ts";
import { createApiClient } from "../http/api-client.ts";
import { createServerKeys, type PublishedKeys } from "../sealing/server-keys.ts";

/** Whom to ask about a token. */
export interface VerifySessionTokenOptions {
  /** Where the service is. */
  readonly url: string | URL;
  /** With it the service is asked whether the token was revoked; without it only signature and time are checked. */
  readonly apiKey?: string;
  /** The service's keys, pinned; see `ConnectOptions`. */
  readonly serverKeys?: PublishedKeys;
}

/** A session token's claims, or why it is not to be accepted. */
export type VerifiedSessionToken =
  | {
      readonly active: true;
      readonly tokenId: string;
      readonly botId: string;
      readonly expiresAt: Date;
      readonly scopes: readonly string[];
    }
  | { readonly active: false; readonly reason: string };

/**
 * Checks that a session token was signed by the service and has not ended; with an API key also that it is not revoked.
 * A token that is not good is an answer, not an error.
 * @throws UnreachableError, ApiError when the service cannot be asked
 */
export async function verifySessionToken(
  token: string,
  { url, apiKey, serverKeys }: VerifySessionTokenOptions,
): Promise<VerifiedSessionToken> {
  const api = createApiClient(url);
  const publicKeys = await createServerKeys(api, serverKeys ?? null).signing();
  const checked = await verifySignature({ publicKeys, issuer: issuerOf(token) }, token, Date.now());
  if (!checked.ok) return { active: false, reason: checked.reason };
  const { tokenId, botId, expiresAtMs, scopes } = checked.claims;
  if (apiKey !== undefined) {
    const body = JSON.stringify({ token });
    const answer = await api.send({ method: "POST", path: "/api/session-tokens/verify", credential: apiKey, body });
    if (answer.body.active !== true) return { active: false, reason: String(answer.body.reason ?? "invalid") };
    if (answer.body.botId !== botId) throw new SealError("The service told of another bot than the token names.");
  }
  return { active: true, tokenId, botId, expiresAt: new Date(expiresAtMs), scopes };
}

/** The keys tell whose token it is; its own word of it is only compared with itself. */
function issuerOf(token: string): string {
  try {
    return decodeJwt(token).iss ?? "";
  } catch {
    return "";
  }
}
