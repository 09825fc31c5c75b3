import { oneTimeCodes, type TeamId, teamMembers, users } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { and, eq } from "drizzle-orm";
import type { z } from "zod";
import type { ServiceContext } from "../../../context.ts";
import { decideManaging } from "../../../domain/role-changes.ts";
import { ServiceError } from "../../../errors.ts";
import { authorizePerson, authorizeTeamAdmin, requireRecentPassword } from "../../access.ts";
import { writeAudit } from "../../records.ts";
import { revokeOpenCodes, storeOneTimeCode } from "../one-time-codes.ts";
import { currentRole, requireAllowed } from "../people/internal.ts";
import { isInvitation, toInvitationView } from "./internal.ts";
import type { createdInvitationSchema, createInvitationSchema } from "./schemas.ts";

const HOUR_MS = 3_600_000;

/**
 * Makes a code that puts the person of an e-mail address into the team, once. It is shown in this answer only; nothing is
 * sent, and that the address is theirs is not checked. An earlier open invitation of the address ends.
 * @throws ServiceError forbidden below admin and for roles above one's own; confirmation-required; conflict for a member
 */
export async function createInvitation(
  ctx: ServiceContext,
  input: z.output<typeof createInvitationSchema>,
): Promise<z.infer<typeof createdInvitationSchema>> {
  const { teamId } = authorizeTeamAdmin(ctx);
  const admin = authorizePerson(ctx);
  requireRecentPassword(ctx);
  const { email, role, expiresInHours } = input;
  const nowMs = ctx.clock.nowMs();
  const { row, text } = await ctx.db.write(async (tx) => {
    requireAllowed(decideManaging(await currentRole(tx, admin), role));
    await refuseMember(tx, teamId, email);
    await revokeOpenCodes(tx, ctx, and(isInvitation, eq(oneTimeCodes.teamId, teamId), eq(oneTimeCodes.email, email)));
    const wish = { kind: "invitation", teamId, email, role, expiresAtMs: nowMs + expiresInHours * HOUR_MS } as const;
    const stored = await storeOneTimeCode(tx, ctx, wish);
    await writeAudit(tx, ctx, { action: "invitation.create", objectId: stored.row.id, teamId, detail: { role } });
    return stored;
  });
  // A fragment stays in the browser: it reaches no server and no log on the way.
  return { ...toInvitationView(row, nowMs), code: text };
}

async function refuseMember(tx: Transaction, teamId: TeamId, email: string): Promise<void> {
  const [member] = await tx
    .select({ id: users.id })
    .from(users)
    .innerJoin(teamMembers, eq(teamMembers.userId, users.id))
    .where(and(eq(users.email, email), eq(teamMembers.organizationId, teamId)));
  if (member) throw new ServiceError("conflict", "This person belongs to the team already.");
}
