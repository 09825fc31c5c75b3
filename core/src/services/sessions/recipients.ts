import { recipientKeys } from "@switchboard/db/schema";
import type { Reader } from "@switchboard/db/types";
import { and, desc, eq, isNull } from "drizzle-orm";
import type { P256PublicJwk, SealingKey } from "../../crypto/p256.ts";

/** The recipient key that is registered for an API key now. `id` is its thumbprint. */
export interface Recipient extends SealingKey {
  readonly sinceMs: number;
  /** Who registered it, as audit rows name people. */
  readonly createdBy: string;
}

/** What answers to an API key are sealed to; null when it has none. Nobody is authorised here: the caller did that. */
export async function findRecipient(reader: Reader, keyId: string): Promise<Recipient | null> {
  const isPresent = and(eq(recipientKeys.apiKeyId, keyId), isNull(recipientKeys.replacedAtMs));
  const newestFirst = [desc(recipientKeys.createdAtMs), desc(recipientKeys.id)];
  const [row] = await reader
    .select()
    .from(recipientKeys)
    .where(isPresent)
    .orderBy(...newestFirst)
    .limit(1);
  if (!row) return null;
  const { x, y } = row.publicJwk;
  const publicJwk: P256PublicJwk = { kty: "EC", crv: "P-256", x: String(x), y: String(y) };
  return { id: row.thumbprint, publicJwk, sinceMs: row.createdAtMs, createdBy: row.createdBy };
}
