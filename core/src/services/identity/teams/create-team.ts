import { teamMembers, teams } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { and, eq } from "drizzle-orm";
import type { z } from "zod";
import type { ServiceContext } from "../../../context.ts";
import { toSlug } from "../../../domain/team-slug.ts";
import { ServiceError } from "../../../errors.ts";
import { authorizePerson, requireRecentPassword } from "../../access.ts";
import { newTeamId } from "../../branded-ids.ts";
import { writeAudit } from "../../records.ts";
import { addMember } from "../people/internal.ts";
import { viewTeam } from "./internal.ts";
import type { createTeamSchema, TeamView } from "./schemas.ts";

/** Letters of the id that tell teams of one name apart. */
const SUFFIX_LENGTH = 6;

/**
 * Makes a team that the person who asks owns; the credential goes on acting in the team it acts in.
 * @throws ServiceError forbidden for who owns no team; confirmation-required
 */
export async function createTeam(ctx: ServiceContext, input: z.output<typeof createTeamSchema>): Promise<TeamView> {
  const person = authorizePerson(ctx);
  requireRecentPassword(ctx);
  return ctx.db.write(async (tx) => {
    await requireOwner(tx, person.userId);
    const id = newTeamId(ctx.ids);
    const createdAt = new Date(ctx.clock.nowMs());
    const slug = await freeSlug(tx, input.name, id);
    await tx.insert(teams).values({ id, name: input.name, slug, createdAt });
    await addMember(tx, ctx, { teamId: id, userId: person.userId, role: "owner" });
    await writeAudit(tx, ctx, { action: "team.create", objectId: id, teamId: id });
    return viewTeam(tx, person, id);
  });
}

async function requireOwner(tx: Transaction, userId: string): Promise<void> {
  const isOwner = and(eq(teamMembers.userId, userId), eq(teamMembers.role, "owner"));
  const [owned] = await tx.select({ id: teamMembers.id }).from(teamMembers).where(isOwner).limit(1);
  if (!owned) throw new ServiceError("forbidden", "Only who owns a team may make another one.");
}

/** Nobody else writes meanwhile: a write transaction has the database for itself. */
async function freeSlug(tx: Transaction, name: string, id: string): Promise<string> {
  const slug = toSlug(name);
  const [taken] = await tx.select({ id: teams.id }).from(teams).where(eq(teams.slug, slug));
  return taken ? `${slug}-${id.slice(-SUFFIX_LENGTH)}` : slug;
}
