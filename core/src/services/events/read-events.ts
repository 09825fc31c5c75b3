import { type BotId, events } from "@switchboard/db/schema";
import { and, asc, eq, gt, isNull, max, or } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { type EventType, eventTypes, type Scope } from "../../domain/vocabulary.ts";
import { authorizeTeam, botIdsOf, scopesOf } from "../access.ts";
import { toInstant } from "../bots/internal.ts";

/** An event as readers see it; the same for the live view and for webhooks. */
export interface EventView {
  readonly id: string;
  readonly type: EventType;
  readonly at: string;
  /** null: an event of the installation. */
  readonly teamId: string | null;
  readonly botId?: string;
  /** The REST representation of the thing after the change; never a secret. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** Events after a place in the stream, and the place to go on from. */
export interface EventSlice {
  readonly items: readonly { readonly sequence: number; readonly event: EventView }[];
  /** Also moves past events the actor may not see. */
  readonly lastSequence: number;
  /** true: more events are there already. */
  readonly isMore: boolean;
}

/** The place after the newest event of all; 0 when there are none. @throws ServiceError unauthenticated, scope-missing */
export async function latestEventSequence(ctx: ServiceContext): Promise<number> {
  authorizeTeam(ctx, "bots:read");
  const [row] = await ctx.db.reader.select({ value: max(events.sequence) }).from(events);
  return row?.value ?? 0;
}

/**
 * The next events of the actor's team in the order they were committed, as far as the actor's scopes show them: nothing
 * is left out and nothing comes twice for a reader that goes on from `lastSequence`. Events of the installation and of
 * API keys are for owners and admins.
 * @throws ServiceError unauthenticated, scope-missing
 */
export async function readEvents(
  ctx: ServiceContext,
  input: { afterSequence: number; limit: number },
): Promise<EventSlice> {
  const { teamId } = authorizeTeam(ctx, "bots:read");
  const rows = await ctx.db.reader
    .select()
    .from(events)
    .where(and(or(eq(events.teamId, teamId), isNull(events.teamId)), gt(events.sequence, input.afterSequence)))
    .orderBy(asc(events.sequence))
    .limit(input.limit + 1);
  const seen = rows.slice(0, input.limit);
  const items = seen.flatMap((row) => {
    const { sequence, id, atMs, data } = row;
    if (!isEventType(row.type) || !mayRead(ctx, row.type) || !isOfOwnBots(ctx, row.botId)) return [];
    const botId = row.botId === null ? {} : { botId: row.botId };
    return [{ sequence, event: { id, type: row.type, at: toInstant(atMs), teamId: row.teamId, ...botId, data } }];
  });
  const lastSequence = seen.at(-1)?.sequence ?? input.afterSequence;
  return { items, lastSequence, isMore: rows.length > input.limit };
}

function mayRead(ctx: ServiceContext, type: EventType): boolean {
  const need = readerOf(type);
  if (need !== "admin") return scopesOf(ctx.actor).includes(need);
  return "role" in ctx.actor && (ctx.actor.role === "owner" || ctx.actor.role === "admin");
}

/** A key that is limited to bots reads of these alone. */
function isOfOwnBots({ actor }: ServiceContext, botId: BotId | null): boolean {
  const botIds = botIdsOf(actor);
  return botIds === null || (botId !== null && botIds.includes(botId));
}

/** Whoever may read the thing an event tells of may read the event. */
function readerOf(type: EventType): Scope | "admin" {
  switch (type) {
    case "bot.state":
    case "bot.pairing":
    case "bot.logged_out":
    case "lease.acquired":
    case "lease.released":
    case "lease.drain":
    case "lease.revoked":
    case "lease.expired":
      return "bots:read";
    case "session.token_issued":
    case "session.token_expiring":
    case "session.token_revoked":
    case "session.disclosed":
      return "session:token";
    case "call.received":
    case "call.screened":
    case "call.ended":
    case "call.missed":
      return "calls:read";
    case "block.created":
    case "block.lifted":
    case "block.expired":
    case "reply.suspended":
    case "screening.degraded":
    case "screening.recovered":
      return "blocking:read";
    case "key.created":
    case "key.revoked":
    case "worker.up":
    case "worker.down":
      return "admin";
  }
}

const isEventType = (type: string): type is EventType => eventTypes.some((known) => known === type);
