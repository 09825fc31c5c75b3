import { personalTokens, type TeamId, teamMembers } from "@switchboard/db/schema";
import type { Reader } from "@switchboard/db/types";
import { and, eq } from "drizzle-orm";
import type { z } from "zod";
import type { ServiceContext } from "../../../context.ts";
import { notFound } from "../../../errors.ts";
import { authorizePerson, authorizeTeamAdmin } from "../../access.ts";
import { type Page, readNewestFirst } from "../../pages.ts";
import { toPersonalTokenView } from "./internal.ts";
import type { listPersonalTokensSchema, PersonalTokenView } from "./schemas.ts";

/**
 * One's own personal access tokens for the team one acts in, newest first; for admins also those of a member.
 * @throws ServiceError forbidden for somebody else's below admin; not-found for who is no member of the team
 */
export async function listPersonalTokens(
  ctx: ServiceContext,
  input: z.output<typeof listPersonalTokensSchema>,
): Promise<Page<PersonalTokenView>> {
  const person = authorizePerson(ctx);
  const userId = input.userId ?? person.userId;
  if (userId !== person.userId) await requireMember(ctx.db.reader, authorizeTeamAdmin(ctx).teamId, userId);
  const nowMs = ctx.clock.nowMs();
  const isTheirs = and(eq(personalTokens.userId, userId), eq(personalTokens.teamId, person.teamId));
  return readNewestFirst(
    input,
    personalTokens.id,
    ({ isBeyond, order, rowsMax }) =>
      ctx.db.reader.select().from(personalTokens).where(and(isTheirs, isBeyond)).orderBy(order).limit(rowsMax),
    (row) => toPersonalTokenView(row, ctx.actor, nowMs),
  );
}

async function requireMember(reader: Reader, teamId: TeamId, userId: string): Promise<void> {
  const isMember = and(eq(teamMembers.userId, userId), eq(teamMembers.organizationId, teamId));
  const [member] = await reader.select({ id: teamMembers.id }).from(teamMembers).where(isMember);
  if (!member) throw notFound();
}
