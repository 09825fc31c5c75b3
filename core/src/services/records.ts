import { type BotId, events, type TeamId } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { actorId, type ServiceContext } from "../context.ts";
import { type AuditAction, type AuditOutcome, auditObjectKindOf, type EventType } from "../domain/vocabulary.ts";
import { appendAuditRow } from "./audit/append-row.ts";

/** What an event tells; `data` is the public representation of the thing after the change, never a secret. */
export interface EventEntry {
  readonly type: EventType;
  /** null: an event of the installation. */
  readonly teamId: TeamId | null;
  readonly botId?: BotId | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What an audit row tells beside the actor and the request, which come from the context. */
export interface AuditEntry {
  /** Object and verb, for example `api-key.create`; tells the kind of the object as well. */
  readonly action: AuditAction;
  readonly objectId: string | null;
  readonly teamId: TeamId | null;
  readonly botId?: BotId | null;
  readonly outcome?: AuditOutcome;
  readonly detail?: Readonly<Record<string, unknown>>;
}

type EventContext = Pick<ServiceContext, "clock" | "ids">;

/** Who asks, from where, and what the row is chained with. */
type AuditContext = Pick<ServiceContext, "clock" | "ids" | "keyring" | "actor" | "request">;

/** Appends events, in their order, in the transaction of the change they tell of: both are there, or neither. */
export async function emit(
  tx: Transaction,
  ctx: EventContext,
  ...entries: [EventEntry, ...EventEntry[]]
): Promise<void> {
  const atMs = ctx.clock.nowMs();
  const rows = entries.map(({ type, teamId, botId = null, data }) => {
    return { id: ctx.ids.next("event"), type, teamId, botId, atMs, data };
  });
  await tx.insert(events).values(rows);
}

/** Appends an audit row to the chain, in the transaction of the change it tells of. */
export async function writeAudit(tx: Transaction, ctx: AuditContext, entry: AuditEntry): Promise<void> {
  await appendAuditRow(tx, ctx, {
    id: ctx.ids.next("audit"),
    atMs: ctx.clock.nowMs(),
    teamId: entry.teamId,
    actorKind: ctx.actor.kind,
    actorId: actorId(ctx.actor),
    action: entry.action,
    objectKind: auditObjectKindOf[entry.action],
    objectId: entry.objectId,
    botId: entry.botId ?? null,
    outcome: entry.outcome ?? "success",
    address: ctx.request.address,
    userAgent: ctx.request.userAgent,
    requestId: ctx.request.id,
    detail: entry.detail ?? {},
  });
}
