import type { z } from "zod";
import type { ServiceContext } from "../../../context.ts";
import { authorizePerson, requireRecentPassword } from "../../access.ts";
import { writeAudit } from "../../records.ts";
import { currentPerson } from "../current-person.ts";
import { storePersonalToken } from "../internal.ts";
import { toPersonalTokenView } from "./internal.ts";
import { requireRoomForToken } from "./live-tokens.ts";
import type { CreatedPersonalToken, createTokenSchema } from "./schemas.ts";

/**
 * Makes a personal access token of the person who asks, for the team they act in. The answer holds the token, which is
 * stored nowhere and cannot be shown again.
 * @throws ServiceError forbidden for credentials that stand for no person, and for who left the team; confirmation-required; conflict
 *   for who has as many as a person may have
 */
export async function createPersonalToken(
  ctx: ServiceContext,
  input: z.output<typeof createTokenSchema>,
): Promise<CreatedPersonalToken> {
  const person = authorizePerson(ctx);
  requireRecentPassword(ctx);
  return ctx.db.write(async (tx) => {
    await currentPerson(tx, person);
    await requireRoomForToken(tx, ctx.clock.nowMs(), person.userId);
    // Not "now": tokens made one by the other would never need the password again.
    const wish = { ...input, confirmedAtMs: person.confirmedAtMs };
    const { row, text } = await storePersonalToken(tx, ctx, person, wish);
    const detail = { expiresInDays: input.expiresInDays };
    await writeAudit(tx, ctx, { action: "personal-token.create", objectId: row.id, teamId: row.teamId, detail });
    return { ...toPersonalTokenView(row, ctx.actor, row.createdAtMs), token: text };
  });
}
