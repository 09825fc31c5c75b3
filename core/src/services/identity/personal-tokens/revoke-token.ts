import { personalTokens, teamMembers } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { and, eq, isNull } from "drizzle-orm";
import { actorName, type ServiceContext } from "../../../context.ts";
import { looksLikeId } from "../../../crypto/ids.ts";
import { decideManaging, isAtLeast } from "../../../domain/role-changes.ts";
import { notFound } from "../../../errors.ts";
import { idPrefixes } from "../../../ports/ids.ts";
import { authorizePerson, type Person } from "../../access.ts";
import { writeAudit } from "../../records.ts";
import { currentRole, requireAllowed } from "../people/internal.ts";
import { toPersonalTokenView } from "./internal.ts";
import type { PersonalTokenView } from "./schemas.ts";

/**
 * Ends a personal access token for good: one's own, or for admins a member's. Its next request is refused. Safe to
 * repeat. Asks for no recent password, since it may have to be quick.
 * @throws ServiceError not-found for every other token; forbidden for an owner's token below owner
 */
export async function revokePersonalToken(ctx: ServiceContext, input: { tokenId: string }): Promise<PersonalTokenView> {
  const person = authorizePerson(ctx);
  if (!looksLikeId(input.tokenId, idPrefixes.personalToken)) throw notFound();
  const nowMs = ctx.clock.nowMs();
  return ctx.db.write(async (tx) => {
    const before = await readRevocable(tx, person, input.tokenId);
    const [row] = await tx
      .update(personalTokens)
      .set({ revokedAtMs: nowMs, revokedBy: actorName(ctx.actor) })
      .where(and(eq(personalTokens.id, before.id), isNull(personalTokens.revokedAtMs)))
      .returning();
    if (row) {
      await writeAudit(tx, ctx, { action: "personal-token.revoke", objectId: row.id, teamId: row.teamId });
    }
    return toPersonalTokenView(row ?? before, ctx.actor, nowMs);
  });
}

/** The token, when this person may end it. */
async function readRevocable(tx: Transaction, person: Person, tokenId: string) {
  const [found] = await tx
    .select({ token: personalTokens, role: teamMembers.role })
    .from(personalTokens)
    .innerJoin(
      teamMembers,
      and(eq(teamMembers.userId, personalTokens.userId), eq(teamMembers.organizationId, personalTokens.teamId)),
    )
    .where(and(eq(personalTokens.id, tokenId), eq(personalTokens.teamId, person.teamId)));
  if (!found) throw notFound();
  if (found.token.userId === person.userId) return found.token;
  const ownRole = await currentRole(tx, person);
  if (!isAtLeast(ownRole, "admin")) throw notFound();
  requireAllowed(decideManaging(ownRole, found.role));
  return found.token;
}
