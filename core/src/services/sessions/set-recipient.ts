import { recipientKeys, type TeamId } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import type { z } from "zod";
import { actorName, type ServiceContext } from "../../context.ts";
import type { SealingKey } from "../../crypto/p256.ts";
import { checkProof, type ProofRefusal } from "../../crypto/recipient-proof.ts";
import { invalid, ServiceError } from "../../errors.ts";
import { authorizeTeamAdmin, requireRecentPassword } from "../access.ts";
import { readKey, requireKeyMaker } from "../identity/api-keys/internal.ts";
import { writeAudit } from "../records.ts";
import type { RecipientView, setRecipientSchema } from "./recipient-schemas.ts";
import { findRecipient, isPresentRecipient, readRecipientView, readSentKey } from "./recipients.ts";

/**
 * Registers the key that answers to an API key are sealed to, from its next request on. Takes the place of an older one, which
 * stays in the table with its end. An API key cannot do this for itself: a stolen one would register its thief's.
 * @throws ServiceError not-found; forbidden below admin; confirmation-required; validation-failed for what is not a public P-256
 *   key or not proved; conflict for an API key that has ended
 */
export async function setRecipient(
  ctx: ServiceContext,
  input: { keyId: string } & z.output<typeof setRecipientSchema>,
): Promise<RecipientView> {
  const { teamId } = authorizeTeamAdmin(ctx);
  requireRecentPassword(ctx);
  const { id: keyId } = await readKey(ctx.db.reader, input.keyId, teamId);
  const sent = await readSentKey(input.publicJwk);
  const given = { proof: input.proof, nowMs: ctx.clock.nowMs() };
  const checked = await checkProof(ctx.keyring, sent.publicJwk, { keyId, thumbprint: sent.id }, given);
  if (!checked.ok) throw invalid("proof", PROOF_REFUSALS[checked.reason]);
  return ctx.db.write(async (tx) => {
    await requireKeyMaker(tx, ctx, []);
    await requireLiveKey(tx, ctx, keyId, teamId);
    const before = await findRecipient(tx, keyId);
    await storeRecipient(tx, ctx, { keyId, teamId, recipient: sent });
    const detail = { thumbprint: sent.id, replaces: before?.id ?? null };
    await writeAudit(tx, ctx, { action: "api-key.recipient-set", objectId: keyId, teamId, detail });
    return readRecipientView(tx, keyId, teamId);
  });
}

/** Puts a recipient key in the place of the present one, in the caller's transaction. The caller writes the audit. */
export async function storeRecipient(
  tx: Transaction,
  ctx: ServiceContext,
  { keyId, teamId, recipient }: { keyId: string; teamId: TeamId; recipient: SealingKey },
): Promise<void> {
  const nowMs = ctx.clock.nowMs();
  await tx.update(recipientKeys).set({ replacedAtMs: nowMs }).where(isPresentRecipient(keyId));
  await tx.insert(recipientKeys).values({
    id: ctx.ids.next("recipientKey"),
    teamId,
    apiKeyId: keyId,
    thumbprint: recipient.id,
    publicJwk: { ...recipient.publicJwk },
    createdBy: actorName(ctx.actor),
    createdAtMs: nowMs,
  });
}

async function requireLiveKey(tx: Transaction, ctx: ServiceContext, keyId: string, teamId: TeamId): Promise<void> {
  const { revokedAtMs, expiresAtMs } = await readKey(tx, keyId, teamId);
  if (revokedAtMs === null && expiresAtMs > ctx.clock.nowMs()) return;
  throw new ServiceError("conflict", "This key has ended. Make a new one.");
}

const PROOF_REFUSALS: Readonly<Record<ProofRefusal, string>> = {
  unreadable:
    "The proof is a compact JWS with the header alg ES256 and typ recipient-proof+jwt, and nothing else in it.",
  signature: "The proof was not signed with the private half of this key.",
  audience: "The proof's aud is not the id of this API key.",
  challenge: "The challenge in the proof was not made for this API key and this public key.",
  expired: "The challenge has ended. Ask for a new one and sign it within five minutes.",
};
