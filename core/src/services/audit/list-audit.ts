import { type AuditFilters, type AuditPlace, newestAudit } from "@switchboard/db/queries/audit";
import type { ServiceContext } from "../../context.ts";
import { auditActions } from "../../domain/vocabulary.ts";
import { invalid } from "../../errors.ts";
import { askedBotId } from "../branded-ids.ts";
import { type Page, readCursor, toPage } from "../pages.ts";
import { authorizeAudit, toAuditViews } from "./internal.ts";
import type { AuditEntryView, ListAuditInput } from "./schemas.ts";

/**
 * Who did what to which thing from where, the newest first. What belongs to no team is for owners and admins; a key that
 * is limited to bots reads what was done to these.
 * @throws ServiceError unauthenticated, scope-missing; validation-failed for a foreign cursor
 */
export async function listAudit(ctx: ServiceContext, input: ListAuditInput): Promise<Page<AuditEntryView>> {
  const parts = authorizeAudit(ctx);
  const filters = toFilters(input);
  const { reader } = ctx.db;
  const found = await Promise.all(parts.map((part) => newestAudit(reader, part, filters, input.limit + 1)));
  const rows = found.flat().sort((one, other) => other.atMs - one.atMs || other.sequence - one.sequence);
  const page = toPage(
    rows.slice(0, input.limit + 1),
    input.limit,
    ({ atMs, sequence }) => `${atMs}.${sequence}`,
    (row) => row,
  );
  return { ...page, items: await toAuditViews(reader, page.items) };
}

function toFilters(input: ListAuditInput): AuditFilters {
  const { actor, actorKind, action, objectKind, objectId, botId, outcome, address, from, to } = input;
  return {
    actorId: actor,
    actorKind,
    actions: action === undefined ? undefined : actionsOf(action),
    objectKind,
    objectId,
    botId: botId === undefined ? undefined : askedBotId(botId),
    outcome,
    address,
    fromMs: from === undefined ? undefined : Date.parse(from),
    toMs: to === undefined ? undefined : Date.parse(to),
    after: readPlace(input.cursor),
  };
}

/** An action is itself; a group, which ends in a dot, all of its actions. */
const actionsOf = (filter: string): readonly string[] =>
  filter.endsWith(".") ? auditActions.filter((action) => action.startsWith(filter)) : [filter];

function readPlace(cursor: string | undefined): AuditPlace | null {
  const key = readCursor(cursor);
  if (key === null) return null;
  const [, atMs, sequence] = /^(\d{1,16})\.(\d{1,16})$/.exec(key) ?? [];
  if (atMs === undefined || sequence === undefined)
    throw invalid("cursor", "This cursor is not one of ours. Start without a cursor.");
  return { atMs: Number(atMs), sequence: Number(sequence) };
}
