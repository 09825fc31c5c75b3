import { accounts, teamMembers, teams, users } from "@switchboard/db/schema";
import { sql } from "drizzle-orm";
import type { z } from "zod";
import type { ServiceContext } from "../../context.ts";
import { equalBytes, utf8 } from "../../crypto/bytes.ts";
import { ServiceError } from "../../errors.ts";
import { newTeamId } from "../branded-ids.ts";
import { writeAudit } from "../records.ts";
import { addPersonalToken } from "./internal.ts";
import { requireStrongPassword } from "./password-rules.ts";
import type { PersonView, setupSchema } from "./schemas.ts";

/** Whether the installation still waits for its first admin. */
export async function isSetUp(ctx: Pick<ServiceContext, "db">): Promise<boolean> {
  const rows = await ctx.db.reader.select({ id: users.id }).from(users).limit(1);
  return rows.length > 0;
}

/**
 * Makes the first admin, who owns the first team, and signs them in. Needs the one-time setup code.
 * `expectedCode` null: this process knows no setup code, and nobody can be let in by one.
 * @throws ServiceError already-set-up once any person exists; forbidden for a wrong code; validation-failed for a
 *   password that is soon guessed
 */
export async function completeSetup(
  ctx: ServiceContext,
  input: z.output<typeof setupSchema>,
  expectedCode: string | null,
): Promise<PersonView & { token: string; expiresAt: string }> {
  if (await isSetUp(ctx)) throw alreadySetUp();
  if (expectedCode === null || !equalBytes(utf8(input.code.trim()), utf8(expectedCode)))
    throw new ServiceError("forbidden", "This is not the setup code. It was printed when Switchboard first started.");
  await requireStrongPassword(ctx, "password", input.password, [input.name, input.email, input.teamName]);
  const password = await ctx.passwords.hash(input.password);
  const person = { userId: ctx.ids.next("user"), teamId: newTeamId(ctx.ids) };
  return ctx.db.write(async (tx) => {
    const [count] = await tx.select({ value: sql<number>`count(*)` }).from(users);
    if (count && count.value > 0) throw alreadySetUp();
    const now = new Date(ctx.clock.nowMs());
    const stamps = { createdAt: now, updatedAt: now };
    await tx.insert(users).values({ id: person.userId, name: input.name, email: input.email, ...stamps });
    const account = { id: ctx.ids.next("account"), providerId: "credential", accountId: person.userId };
    await tx.insert(accounts).values({ ...account, userId: person.userId, password, ...stamps });
    await tx.insert(teams).values({ id: person.teamId, name: input.teamName, slug: "home", createdAt: now });
    const member = { id: ctx.ids.next("member"), organizationId: person.teamId, userId: person.userId };
    await tx.insert(teamMembers).values({ ...member, role: "owner", createdAt: now });
    const target = { objectId: person.userId, teamId: person.teamId };
    await writeAudit(tx, ctx, { action: "setup.complete", ...target });
    const signedIn = await addPersonalToken(tx, ctx, person, "setup");
    return { ...person, name: input.name, email: input.email, teamName: input.teamName, role: "owner", ...signedIn };
  });
}

const alreadySetUp = () =>
  new ServiceError("already-set-up", "Switchboard already has its first admin. Sign in instead.");
