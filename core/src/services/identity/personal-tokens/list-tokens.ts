import { personalTokens } from "@switchboard/db/schema";
import { and, eq } from "drizzle-orm";
import type { z } from "zod";
import type { ServiceContext } from "../../../context.ts";
import { authorizePerson, authorizeTeamAdmin } from "../../access.ts";
import { type Page, readNewestFirst } from "../../pages.ts";
import { readMember } from "../people/internal.ts";
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
  if (userId !== person.userId) await readMember(ctx.db.reader, authorizeTeamAdmin(ctx).teamId, userId);
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
