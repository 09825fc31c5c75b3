import type { z } from "zod";
import type { ServiceContext } from "../../context.ts";
import { CHALLENGE_SECONDS, makeChallenge } from "../../crypto/recipient-proof.ts";
import { authorizeTeamAdmin } from "../access.ts";
import { toInstant } from "../bots/internal.ts";
import { readKey } from "../identity/api-keys/internal.ts";
import type { Challenge, challengeRecipientSchema } from "./recipient-schemas.ts";
import { readSentKey } from "./recipients.ts";

/**
 * A challenge for the owner of this public key to sign. Nothing is stored; it is good for five minutes, for this API key and
 * this public key.
 * @throws ServiceError not-found; forbidden below admin; validation-failed for what is not a public P-256 key
 */
export async function challengeRecipient(
  ctx: ServiceContext,
  input: { keyId: string } & z.output<typeof challengeRecipientSchema>,
): Promise<Challenge> {
  const { teamId } = authorizeTeamAdmin(ctx);
  const key = await readKey(ctx.db.reader, input.keyId, teamId);
  const { id: thumbprint } = await readSentKey(input.publicJwk);
  const expiresAtMs = ctx.clock.nowMs() + CHALLENGE_SECONDS * 1000;
  const challenge = await makeChallenge(ctx.keyring, { keyId: key.id, thumbprint }, expiresAtMs);
  return { challenge, expiresAt: toInstant(expiresAtMs) };
}
