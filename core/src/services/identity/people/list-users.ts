import { teamMembers, users } from "@switchboard/db/schema";
import { and, asc, eq, gt, or, sql } from "drizzle-orm";
import type { z } from "zod";
import type { ServiceContext } from "../../../context.ts";
import { authorizeTeamAdmin } from "../../access.ts";
import { type Page, readCursor, toPage } from "../../pages.ts";
import { selectUsers, toUserView } from "./internal.ts";
import type { listUsersSchema, UserView } from "./schemas.ts";

/** The team's people in the order they came to the installation. @throws ServiceError forbidden below admin */
export async function listUsers(ctx: ServiceContext, input: z.output<typeof listUsersSchema>): Promise<Page<UserView>> {
  const { teamId } = authorizeTeamAdmin(ctx);
  const after = readCursor(input.cursor);
  const rows = await selectUsers(ctx.db.reader, ctx.clock.nowMs())
    .where(
      and(
        eq(teamMembers.organizationId, teamId),
        input.role ? eq(teamMembers.role, input.role) : undefined,
        input.name ? or(holds(users.name, input.name), holds(users.email, input.name)) : undefined,
        after === null ? undefined : gt(users.id, after),
      ),
    )
    .orderBy(asc(users.id))
    .limit(input.limit + 1);
  return toPage(rows, input.limit, (row) => row.id, toUserView);
}

const holds = (column: typeof users.name | typeof users.email, part: string) =>
  sql`instr(lower(${column}), lower(${part})) > 0`;
