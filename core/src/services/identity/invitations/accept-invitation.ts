import type { TeamId } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import type { z } from "zod";
import type { ServiceContext } from "../../../context.ts";
import type { Role } from "../../../domain/vocabulary.ts";
import { ServiceError } from "../../../errors.ts";
import { giveBackPoint } from "../../limits/give-back-point.ts";
import { writeAudit } from "../../records.ts";
import { addPersonalToken, findPerson } from "../internal.ts";
import {
  badCode,
  codeTries,
  findOneTimeCode,
  type OneTimeCodeRow,
  throttleCodes,
  useOneTimeCode,
} from "../one-time-codes.ts";
import { addMember } from "../people/internal.ts";
import type { acceptedInvitationSchema, acceptInvitationSchema } from "./schemas.ts";
import { type Joining, whoJoins } from "./who-joins.ts";

/** What an invitation is for, once it was found to be one. */
type Invitation = OneTimeCodeRow & { readonly email: string; readonly role: Role };

/**
 * Puts whoever holds the code into the team it is for: somebody new with a name and a password, somebody known with
 * their password, or the person who is signed in with the e-mail address that was invited. Each code works once.
 * @throws ServiceError not-found for every code that opens nothing; rate-limited after too many tries from one place;
 *   validation-failed for what a new person must give, and for a password that is soon guessed; unauthenticated for the
 *   wrong password; forbidden for who is signed in as somebody else; confirmation-required; conflict for a member
 */
export async function acceptInvitation(
  ctx: ServiceContext,
  input: z.output<typeof acceptInvitationSchema>,
): Promise<z.infer<typeof acceptedInvitationSchema>> {
  await throttleCodes(ctx);
  const invitation = await findInvitation(ctx, input.code);
  const joining = await whoJoins(ctx, input, invitation);
  return ctx.db.write(async (tx) => {
    await useOneTimeCode(tx, invitation.id, ctx.clock.nowMs());
    const userId = await joining.enter(tx);
    await join(tx, ctx, invitation, userId);
    await giveBackPoint(tx, [codeTries(ctx)]);
    const person = await findPerson(tx, userId, invitation.teamId);
    if (!person) throw new Error("the member was not stored");
    return { ...person, ...(await tokenOf(tx, ctx, joining, person)) };
  });
}

async function findInvitation(ctx: ServiceContext, code: string): Promise<Invitation> {
  const row = await findOneTimeCode(ctx, code, "invitation");
  if (row && row.email !== null && row.role !== null) return { ...row, email: row.email, role: row.role };
  await ctx.db.write((tx) =>
    writeAudit(tx, ctx, { action: "invitation.accept", objectId: null, teamId: null, outcome: "denied" }),
  );
  throw badCode({ isAudited: true });
}

async function join(tx: Transaction, ctx: ServiceContext, invitation: Invitation, userId: string): Promise<void> {
  const { id, teamId, role } = invitation;
  if (!(await addMember(tx, ctx, { teamId, userId, role })))
    throw new ServiceError("conflict", "You belong to this team already.");
  await writeAudit(tx, ctx, { action: "invitation.accept", objectId: id, teamId, detail: { userId, role } });
}

/** A browser has its cookie; everybody else gets a token for the team they came into. */
async function tokenOf(
  tx: Transaction,
  ctx: ServiceContext,
  { token }: Joining,
  person: { userId: string; teamId: TeamId },
): Promise<{ token: string | null; expiresAt: string | null }> {
  if (token === null) return { token: null, expiresAt: null };
  return addPersonalToken(tx, ctx, person, token.name, token.confirmedAtMs);
}
