import { recipientKeys } from "@switchboard/db/schema";
import type { ServiceContext } from "../../context.ts";
import { authorizeTeamAdmin, requireRecentPassword } from "../access.ts";
import { readKey, requireKeyMaker } from "../identity/api-keys/internal.ts";
import { writeAudit } from "../records.ts";
import { isPresentRecipient } from "./recipients.ts";

/**
 * Takes the recipient key away: from the next request on the API key gets plain answers where its scopes allow them, and none
 * otherwise. Asks for a recent password, since it may open what was sealed. Safe to repeat.
 * @throws ServiceError not-found; forbidden below admin; confirmation-required
 */
export async function removeRecipient(ctx: ServiceContext, input: { keyId: string }): Promise<void> {
  const { teamId } = authorizeTeamAdmin(ctx);
  requireRecentPassword(ctx);
  await ctx.db.write(async (tx) => {
    await requireKeyMaker(tx, ctx, []);
    const { id: keyId } = await readKey(tx, input.keyId, teamId);
    const removed = await tx
      .update(recipientKeys)
      .set({ replacedAtMs: ctx.clock.nowMs() })
      .where(isPresentRecipient(keyId))
      .returning({ thumbprint: recipientKeys.thumbprint });
    const [last] = removed;
    if (!last) return;
    const detail = { thumbprint: last.thumbprint };
    await writeAudit(tx, ctx, { action: "api-key.recipient-remove", objectId: keyId, teamId, detail });
  });
}
