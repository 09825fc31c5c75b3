import type { AuditPart, AuditRow } from "@switchboard/db/queries/audit";
import { apiKeys, personalTokens, users } from "@switchboard/db/schema";
import type { Reader } from "@switchboard/db/types";
import { eq, inArray } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { authorizeTeam, botIdsOf } from "../access.ts";
import { toInstant } from "../bots/internal.ts";
import type { AuditEntryView } from "./schemas.ts";

/**
 * The parts of the audit the actor may read: its team's, or those of its bots where it is limited to some; owners and
 * admins also read what belongs to no team, such as failed sign-ins of unknown people.
 * @throws ServiceError unauthenticated, scope-missing
 */
export function authorizeAudit(ctx: ServiceContext): readonly AuditPart[] {
  const { teamId } = authorizeTeam(ctx, "audit:read");
  const botIds = botIdsOf(ctx.actor);
  if (botIds !== null) return [{ of: "bots", teamId, botIds }];
  const isAdmin = "role" in ctx.actor && (ctx.actor.role === "owner" || ctx.actor.role === "admin");
  return isAdmin ? [{ of: "team", teamId }, { of: "installation" }] : [{ of: "team", teamId }];
}

/** Rows as they are shown, in their order, with the names actors have at present. */
export async function toAuditViews(reader: Reader, rows: readonly AuditRow[]): Promise<AuditEntryView[]> {
  const names = await namesOf(reader, rows);
  return rows.map((row) => ({
    id: row.id,
    at: toInstant(row.atMs),
    actor: { kind: row.actorKind, id: row.actorId, name: names.get(row.actorId ?? "") ?? null },
    action: row.action,
    object: { kind: row.objectKind, id: row.objectId },
    botId: row.botId,
    outcome: row.outcome,
    address: row.address,
    userAgent: row.userAgent,
    requestId: row.requestId,
    detail: row.detail,
  }));
}

/** Ids carry their kind, so one map holds the names of people, of the people behind tokens, and of keys. */
async function namesOf(reader: Reader, rows: readonly AuditRow[]): Promise<ReadonlyMap<string, string>> {
  const idsOf = (kind: AuditRow["actorKind"]): string[] => [
    ...new Set(rows.flatMap(({ actorKind, actorId }) => (actorKind === kind && actorId !== null ? [actorId] : []))),
  ];
  const [userIds, tokenIds, keyIds] = [idsOf("user"), idsOf("personal-access-token"), idsOf("api-key")];
  const found = await Promise.all([
    userIds.length === 0
      ? []
      : reader.select({ id: users.id, name: users.name }).from(users).where(inArray(users.id, userIds)),
    tokenIds.length === 0
      ? []
      : reader
          .select({ id: personalTokens.id, name: users.name })
          .from(personalTokens)
          .innerJoin(users, eq(users.id, personalTokens.userId))
          .where(inArray(personalTokens.id, tokenIds)),
    keyIds.length === 0
      ? []
      : reader.select({ id: apiKeys.id, name: apiKeys.name }).from(apiKeys).where(inArray(apiKeys.id, keyIds)),
  ]);
  return new Map(found.flat().map(({ id, name }) => [id, name]));
}
