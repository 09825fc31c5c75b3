import type { Reader } from "@switchboard/db/types";
import type { ServiceContext } from "../../context.ts";
import { type SealedClaims, sealContent } from "../../crypto/sealed-content.ts";
import type { Scope } from "../../domain/vocabulary.ts";
import { ServiceError } from "../../errors.ts";
import { findRecipient, type Recipient } from "./recipients.ts";

/**
 * What answers to this key are sealed to; null: it may have them in plain form. A key with a recipient key never gets a plain
 * answer, whatever its scopes say. `keyId` null: a person asks, who has no recipient key.
 * @throws ServiceError recipient-key-required for who has neither a recipient key nor the scope session:plain
 */
export async function requireForm(
  reader: Reader,
  keyId: string | null,
  scopes: readonly Scope[],
): Promise<Recipient | null> {
  const recipient = keyId === null ? null : await findRecipient(reader, keyId);
  if (recipient !== null || scopes.includes("session:plain")) return recipient;
  throw new ServiceError(
    "recipient-key-required",
    "This key may not read a session in plain form. Register a recipient key for it, or give it the scope session:plain.",
  );
}

/** The content as the recipient gets it: a compact JWE, good for a minute. */
export const sealFor = (
  ctx: Pick<ServiceContext, "keyring" | "settings" | "clock">,
  recipient: Recipient,
  claims: SealedClaims,
  content: unknown,
): Promise<string> => {
  const keys = { signing: ctx.keyring.signing, issuer: ctx.settings.publicUrl, nowMs: ctx.clock.nowMs() };
  return sealContent(keys, recipient, claims, content);
};
