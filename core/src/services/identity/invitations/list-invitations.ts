import { oneTimeCodes } from "@switchboard/db/schema";
import { and, eq } from "drizzle-orm";
import type { z } from "zod";
import type { ServiceContext } from "../../../context.ts";
import { authorizeTeamAdmin } from "../../access.ts";
import { type Page, readNewestFirst } from "../../pages.ts";
import { hasStatus, isInvitation, toInvitationView } from "./internal.ts";
import type { InvitationView, listInvitationsSchema } from "./schemas.ts";

/** The team's invitations of one status, newest first, without their codes. @throws ServiceError forbidden below admin */
export async function listInvitations(
  ctx: ServiceContext,
  input: z.output<typeof listInvitationsSchema>,
): Promise<Page<InvitationView>> {
  const { teamId } = authorizeTeamAdmin(ctx);
  const nowMs = ctx.clock.nowMs();
  const isWanted = and(isInvitation, eq(oneTimeCodes.teamId, teamId), hasStatus(input.status, nowMs));
  return readNewestFirst(
    input,
    oneTimeCodes.id,
    ({ isBeyond, order, rowsMax }) =>
      ctx.db.reader.select().from(oneTimeCodes).where(and(isWanted, isBeyond)).orderBy(order).limit(rowsMax),
    (row) => toInvitationView(row, nowMs),
  );
}
