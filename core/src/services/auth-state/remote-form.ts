import { apiKeys } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { ServiceError } from "../../errors.ts";
import type { AuthorizedLease } from "../custody/authorize-lease.ts";
import { findRecipient, type Recipient } from "../sessions/recipients.ts";

/** How parts of a session travel to a holder and back: sealed to its recipient key, or plain (null). */
export type RemoteForm = Recipient | null;

/**
 * The form a holder's API key gets now: sealed always where it has a recipient key, else plain where its scopes allow that.
 * @throws ServiceError recipient-key-required
 */
export async function findRemoteForm(
  ctx: Pick<ServiceContext, "db">,
  { keyId }: Pick<AuthorizedLease, "keyId">,
): Promise<RemoteForm> {
  const [recipient, [key]] = await Promise.all([
    findRecipient(ctx.db.reader, keyId),
    ctx.db.reader.select({ scopes: apiKeys.scopes }).from(apiKeys).where(eq(apiKeys.id, keyId)),
  ]);
  if (recipient !== null) return recipient;
  if (key?.scopes.includes("session:plain")) return null;
  throw new ServiceError(
    "recipient-key-required",
    "This key may not read or write a session in plain form. Register a recipient key for it, or give it the scope session:plain.",
  );
}
