import { recipientKeys, type TeamId } from "@switchboard/db/schema";
import type { Reader } from "@switchboard/db/types";
import { and, desc, eq, isNull } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { type PublicJwkRefusal, readPublicP256, type SealingKey } from "../../crypto/p256.ts";
import { invalid } from "../../errors.ts";
import { authorizeTeamAdmin } from "../access.ts";
import { toInstant } from "../bots/internal.ts";
import { readKey } from "../identity/api-keys/internal.ts";
import type { RecipientView } from "./recipient-schemas.ts";

/** The recipient key that is registered for an API key now. `id` is its thumbprint. */
export interface Recipient extends SealingKey {
  readonly sinceMs: number;
  /** Who registered it, as audit rows name people. */
  readonly createdBy: string;
}

/** What answers to an API key are sealed to; null when it has none. Nobody is authorised here: the caller did that. */
export async function findRecipient(reader: Reader, keyId: string): Promise<Recipient | null> {
  const [row] = await reader
    .select()
    .from(recipientKeys)
    .where(isPresentRecipient(keyId))
    .orderBy(desc(recipientKeys.createdAtMs), desc(recipientKeys.id))
    .limit(1);
  if (!row) return null;
  const { x, y } = row.publicJwk;
  const publicJwk = { kty: "EC", crv: "P-256", x: String(x), y: String(y) } as const;
  return { id: row.thumbprint, publicJwk, sinceMs: row.createdAtMs, createdBy: row.createdBy };
}

/** What the WHERE of every statement about the recipient of an API key holds: former ones stay in the table. */
export const isPresentRecipient = (keyId: string) =>
  and(eq(recipientKeys.apiKeyId, keyId), isNull(recipientKeys.replacedAtMs));

/**
 * What is registered for an API key of the team; `recipient` null: nothing.
 * @throws ServiceError not-found; forbidden below admin
 */
export async function getRecipient(ctx: ServiceContext, input: { keyId: string }): Promise<RecipientView> {
  const { teamId } = authorizeTeamAdmin(ctx);
  return readRecipientView(ctx.db.reader, input.keyId, teamId);
}

/** The same for a verb that has checked who asks. @throws ServiceError not-found */
export async function readRecipientView(reader: Reader, keyId: string, teamId: TeamId): Promise<RecipientView> {
  const key = await readKey(reader, keyId, teamId);
  const found = await findRecipient(reader, key.id);
  if (!found) return { keyId: key.id, recipient: null };
  const { id: thumbprint, publicJwk, sinceMs, createdBy: registeredBy } = found;
  return { keyId: key.id, recipient: { thumbprint, publicJwk, registeredAt: toInstant(sinceMs), registeredBy } };
}

/** The public key somebody sent. @throws ServiceError validation-failed, whose text never holds a part of it */
export async function readSentKey(publicJwk: unknown): Promise<SealingKey> {
  const found = await readPublicP256(publicJwk);
  if (found.ok) return found.key;
  throw invalid("publicJwk", REFUSALS[found.reason]);
}

const REFUSALS: Readonly<Record<PublicJwkRefusal, string>> = {
  "not-a-key": "Send a public key in JWK form.",
  private:
    "This is a private key. It was not stored, but it left your hands: make a new one, and send its public half only.",
  curve: "Only P-256 keys (kty EC, crv P-256) can be recipients.",
  point: "x and y are not a point of the curve P-256.",
};
