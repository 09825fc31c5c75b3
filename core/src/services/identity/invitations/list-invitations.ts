import { oneTimeCodes } from "@switchboard/db/schema";
import { and, desc, eq, lt } from "drizzle-orm";
import type { z } from "zod";
import type { ServiceContext } from "../../../context.ts";
import { authorizeTeamAdmin } from "../../access.ts";
import { type Page, readCursor, toPage } from "../../pages.ts";
import { hasStatus, isInvitation, toInvitationView } from "./internal.ts";
import type { InvitationView, listInvitationsSchema } from "./schemas.ts";

/** The team's invitations of one status, newest first, without their codes. @throws ServiceError forbidden below admin */
export async function listInvitations(
  ctx: ServiceContext,
  input: z.output<typeof listInvitationsSchema>,
): Promise<Page<InvitationView>> {
  const { teamId } = authorizeTeamAdmin(ctx);
  const nowMs = ctx.clock.nowMs();
  const before = readCursor(input.cursor);
  const isBeyond = before === null ? undefined : lt(oneTimeCodes.id, before);
  const rows = await ctx.db.reader
    .select()
    .from(oneTimeCodes)
    .where(and(isInvitation, eq(oneTimeCodes.teamId, teamId), hasStatus(input.status, nowMs), isBeyond))
    .orderBy(desc(oneTimeCodes.id))
    .limit(input.limit + 1);
  return toPage(
    rows,
    input.limit,
    (row) => row.id,
    (row) => toInvitationView(row, nowMs),
  );
}
