import { personalTokens, teamMembers } from "@switchboard/db/schema";
import { and, eq, gt, isNull } from "drizzle-orm";
import type { Actor, ServiceContext } from "../../context.ts";
import { ServiceError } from "../../errors.ts";
import { authenticateUser } from "./authenticate-user.ts";

type Person = Extract<Actor, { kind: "user" | "personal-access-token" }>;

/**
 * The person as the database has them now, with their present role, for work that outlives one request. Looks at
 * sign-in, token and membership; the secret was checked when the work began.
 * @throws ServiceError unauthenticated when the sign-in or token has ended, the person left the team, or the sign-in acts
 *   in another team now
 */
export async function refreshPerson(ctx: Pick<ServiceContext, "db" | "clock">, person: Person): Promise<Person> {
  const present = person.kind === "user" ? await findUser(ctx, person) : await findTokenOwner(ctx, person);
  if (present?.teamId === person.teamId) return present;
  throw new ServiceError("unauthenticated", "This sign-in has ended. Sign in again.", {}, { actor: person });
}

async function findUser(
  ctx: Pick<ServiceContext, "db" | "clock">,
  { userId, signInId }: Extract<Person, { kind: "user" }>,
) {
  const actor = signInId === null ? null : await authenticateUser(ctx, { userId, signInId });
  return actor?.kind === "user" ? actor : null;
}

async function findTokenOwner(
  { db, clock }: Pick<ServiceContext, "db" | "clock">,
  person: Extract<Person, { kind: "personal-access-token" }>,
): Promise<Person | null> {
  const isMember = and(
    eq(teamMembers.userId, personalTokens.userId),
    eq(teamMembers.organizationId, personalTokens.teamId),
  );
  const isGood = and(
    eq(personalTokens.id, person.tokenId),
    isNull(personalTokens.revokedAtMs),
    gt(personalTokens.expiresAtMs, clock.nowMs()),
  );
  const [found] = await db.reader
    .select({ role: teamMembers.role, teamId: personalTokens.teamId })
    .from(personalTokens)
    .innerJoin(teamMembers, isMember)
    .where(isGood);
  return found ? { ...person, ...found } : null;
}
