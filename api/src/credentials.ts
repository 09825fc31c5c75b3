import type { Actor, ServiceContext } from "@switchboard/core/context";
import { LEASE_TOKEN_TYPE } from "@switchboard/core/crypto/lease-tokens";
import { SESSION_TOKEN_TYPE } from "@switchboard/core/crypto/session-tokens";
import { ServiceError } from "@switchboard/core/errors";
import { authenticateLeaseToken } from "@switchboard/core/services/custody/authenticate-lease-token";
import { authenticateCredential } from "@switchboard/core/services/identity/authenticate";
import { authenticateSessionToken } from "@switchboard/core/services/sessions/tokens";
import { decodeProtectedHeader } from "jose";
import type { Metrics } from "./metrics.ts";

/**
 * The credential a request brings; null without one. Cookies are none.
 * @throws ServiceError unreadable for two different credentials; unauthenticated for another Authorization scheme
 */
export function readCredential(headers: Headers): string | null {
  const apiKey = headers.get("x-api-key")?.trim() || null;
  const bearer = readBearer(headers);
  if (apiKey !== null && bearer !== null && apiKey !== bearer)
    throw new ServiceError("unreadable", "The request brings two different credentials. Send one.");
  return apiKey ?? bearer;
}

/** The token behind `Authorization: Bearer`; null without the field. @throws ServiceError unauthenticated for another scheme */
export function readBearer(headers: Headers): string | null {
  const authorization = headers.get("authorization")?.trim();
  if (!authorization) return null;
  const match = /^Bearer +(\S+)$/i.exec(authorization);
  if (!match?.[1]) throw refused();
  return match[1];
}

/**
 * Who a credential stands for. Kinds are told apart by their form: API key, personal access token, session token,
 * lease token.
 * @throws ServiceError unauthenticated; address-not-allowed
 */
export async function authenticate(
  ctx: ServiceContext,
  credential: string,
  metrics: Pick<Metrics, "sessionTokens">,
): Promise<Actor> {
  if (credential.startsWith("sb_")) return authenticateCredential(ctx, credential);
  switch (typeOf(credential)) {
    case SESSION_TOKEN_TYPE:
      return bySessionToken(ctx, credential, metrics);
    case LEASE_TOKEN_TYPE:
      return byLeaseToken(ctx, credential);
    default:
      throw refused();
  }
}

async function byLeaseToken(ctx: ServiceContext, credential: string): Promise<Actor> {
  const actor = await authenticateLeaseToken(ctx, credential);
  if (actor === null) throw refused();
  return actor;
}

async function bySessionToken(
  ctx: ServiceContext,
  credential: string,
  metrics: Pick<Metrics, "sessionTokens">,
): Promise<Actor> {
  const result = await authenticateSessionToken(ctx, credential);
  if (result.ok) {
    metrics.sessionTokens("used");
    return result.actor;
  }
  metrics.sessionTokens(result.reason === "expired" ? "expired" : "refused");
  throw refused();
}

/** The `typ` a JWT claims, not verified; null for anything that is not a JWT. */
function typeOf(credential: string): string | null {
  try {
    return decodeProtectedHeader(credential).typ ?? null;
  } catch {
    return null;
  }
}

const refused = () => new ServiceError("unauthenticated", "This credential is not valid.");
