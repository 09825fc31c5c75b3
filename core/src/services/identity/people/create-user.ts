import type { z } from "zod";
import type { ServiceContext } from "../../../context.ts";
import { decideManaging } from "../../../domain/role-changes.ts";
import { ServiceError } from "../../../errors.ts";
import { authorizePerson, authorizeTeamAdmin, requireRecentPassword } from "../../access.ts";
import { writeAudit } from "../../records.ts";
import { requireStrongPassword } from "../password-rules.ts";
import { storePassword } from "../store-password.ts";
import { readTeamName } from "../teams/internal.ts";
import { addMember, addPerson, currentRole, requireAllowed, viewUser } from "./internal.ts";
import type { createUserSchema, UserView } from "./schemas.ts";

/**
 * Makes a person with a password and puts them into the team.
 * @throws ServiceError forbidden below admin and for roles above one's own; confirmation-required; validation-failed for a
 *   password that is soon guessed; conflict when the e-mail address is known: invite that person instead
 */
export async function createUser(ctx: ServiceContext, input: z.output<typeof createUserSchema>): Promise<UserView> {
  const { teamId } = authorizeTeamAdmin(ctx);
  const admin = authorizePerson(ctx);
  requireRecentPassword(ctx);
  requireAllowed(decideManaging(admin.role, input.role));
  const hints = [input.name, input.email, await readTeamName(ctx.db.reader, teamId)];
  await requireStrongPassword(ctx, "password", input.password, hints);
  const passwordHash = await ctx.passwords.hash(input.password);
  return ctx.db.write(async (tx) => {
    requireAllowed(decideManaging(await currentRole(tx, admin), input.role));
    const userId = await addPerson(tx, ctx, input);
    if (userId === null) throw known();
    await storePassword(tx, ctx, userId, passwordHash);
    await addMember(tx, ctx, { teamId, userId, role: input.role });
    await writeAudit(tx, ctx, { action: "user.create", objectId: userId, teamId, detail: { role: input.role } });
    return viewUser(tx, ctx.clock.nowMs(), teamId, userId);
  });
}

const known = () =>
  new ServiceError("conflict", "Somebody with this e-mail address is known here already. Invite them instead.");
