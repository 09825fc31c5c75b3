import { type CustodyReading, readCustody } from "@switchboard/db/queries/custody-control";
import { findEventsOfBot, findGrantEvent, findNewestSequence } from "@switchboard/db/queries/lease-events";
import { type BotId, bots, type TeamId } from "@switchboard/db/schema";
import { and, eq } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { isExpiringSoon } from "../../domain/lease.ts";
import type { EventType, LeaseStreamEvent } from "../../domain/vocabulary.ts";
import { notFound } from "../../errors.ts";
import { toInstant } from "../bots/internal.ts";
import { pause } from "../pause.ts";
import { authorizeHolder } from "./authorize-holder.ts";
import { isAlive, leaseOf } from "./internal.ts";

/** A holder that was told to drain has twenty seconds. */
const POLL_MS = 500;
const SLICE_SIZE = 50;

/** What the holder of a lease is told; `sequence` is the place in the stream after it. */
export interface LeaseMessage {
  readonly sequence: number;
  readonly event: LeaseStreamEvent;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A message, or where the stream is while nothing happens. */
export type LeaseTick = LeaseMessage | { readonly sequence: number; readonly event: null };

interface Followed {
  readonly botId: BotId;
  readonly teamId: TeamId;
  readonly leaseId: string;
  readonly epoch: number;
}

/**
 * What happens to the caller's lease, until it is over or `signal` is aborted. Goes on after `afterSequence` without a gap:
 * then the end of a lease is told also where it came while nobody listened. Without one it begins with what is so now: a
 * lease that was asked back says so at once.
 * @throws ServiceError as authorizeHolder, before anything is told
 */
export async function followLease(
  ctx: ServiceContext,
  input: { readonly botId: string; readonly afterSequence: number | null },
  signal: AbortSignal,
): Promise<AsyncGenerator<LeaseTick, void>> {
  const followed = await authorizeFollower(ctx, input);
  const [[latest], [grant]] = await ctx.db.readBatch((reader) => [
    findNewestSequence(reader),
    findGrantEvent(reader, followed),
  ]);
  const newest = latest?.value ?? 0;
  const place = Math.max(input.afterSequence ?? newest, grant?.sequence ?? 0);
  // A place beyond the end comes from another database: nothing would ever be found there.
  const sequence = Math.min(place, newest);
  return follow(ctx, followed, { sequence, isNew: input.afterSequence === null }, signal);
}

async function* follow(
  ctx: ServiceContext,
  followed: Followed,
  start: { sequence: number; isNew: boolean },
  signal: AbortSignal,
): AsyncGenerator<LeaseTick, void> {
  let { sequence } = start;
  let warnedOfMs = 0;
  yield { sequence, event: null };
  for (let isFirst = start.isNew; !signal.aborted; isFirst = false) {
    const { told, reading, lastSequence, isMore } = await readNext(ctx, followed, sequence);
    yield* told;
    sequence = lastSequence;
    if (isMore) continue;
    const standing = reading && standingOf(reading, followed);
    if (!reading || !standing) return;
    const isUntold = told.every(({ event }) => event !== "drain");
    if (isFirst && isUntold && standing === "draining") yield { sequence, ...drainOf(reading, followed) };
    if (isLate(reading) && warnedOfMs !== reading.custody.expiresAtMs) {
      warnedOfMs = reading.custody.expiresAtMs;
      yield { sequence, event: "expiring", data: { ...nameOf(followed), expiresAt: toInstant(warnedOfMs) } };
    }
    yield { sequence, event: null };
    await pause(POLL_MS, signal);
  }
}

/** A holder that comes back with its place may hear the end of its lease; everybody else must hold it now. */
async function authorizeFollower(
  ctx: ServiceContext,
  input: { readonly botId: string; readonly afterSequence: number | null },
): Promise<Followed> {
  const { actor } = ctx;
  if (actor.kind === "lease-token" && input.afterSequence !== null) {
    if (actor.botId !== input.botId) throw notFound();
    const { botId, teamId, leaseId, epoch } = actor;
    return { botId, teamId, leaseId, epoch };
  }
  const { bot, lease } = await authorizeHolder(ctx, input.botId);
  return { botId: bot.id, teamId: bot.teamId, leaseId: lease.leaseId, epoch: lease.epoch };
}

const EVENTS = {
  "lease.drain": "drain",
  "lease.revoked": "revoked",
  "lease.released": "released",
} as const satisfies Partial<Record<EventType, LeaseStreamEvent>>;
const TYPES = Object.keys(EVENTS);

/**
 * Events and row of one instant: the end of a lease is never seen before the event that tells why. The place goes on to the
 * newest event of the installation, so that no reading looks at what an earlier one has seen.
 */
async function readNext(ctx: ServiceContext, followed: Followed, afterSequence: number) {
  const [rows, [newest], [reading]] = await ctx.db.readBatch((reader) => [
    findEventsOfBot(reader, { botId: followed.botId, types: TYPES, afterSequence, limit: SLICE_SIZE }),
    findNewestSequence(reader),
    readCustody(reader, and(eq(bots.id, followed.botId), eq(bots.teamId, followed.teamId))),
  ]);
  const told = rows.flatMap(({ sequence, type, data }): LeaseMessage[] => {
    const event = isTold(type) ? EVENTS[type] : null;
    return event && isAbout(data, followed) ? [{ sequence, event, data: wordsOf(event, data, followed) }] : [];
  });
  const isMore = rows.length === SLICE_SIZE;
  const reached = isMore ? rows.at(-1)?.sequence : newest?.value;
  return { told, reading, lastSequence: Math.max(afterSequence, reached ?? 0), isMore };
}

/** Of the event's representation the part that is about this lease. */
function wordsOf(event: (typeof EVENTS)[keyof typeof EVENTS], data: Readonly<Record<string, unknown>>, of: Followed) {
  switch (event) {
    case "drain":
      return { ...nameOf(of), drain: data.drain };
    case "revoked":
      return { ...nameOf(of), why: data.why };
    case "released":
      return { ...nameOf(of), clean: data.clean };
  }
}

const isTold = (type: string): type is keyof typeof EVENTS => Object.hasOwn(EVENTS, type);

const isAbout = (data: Readonly<Record<string, unknown>>, { leaseId }: Followed): boolean =>
  typeof data.lease === "object" && data.lease !== null && "id" in data.lease && data.lease.id === leaseId;

/** null: the lease is over, by its row. */
function standingOf(reading: CustodyReading, { leaseId, epoch }: Followed): "held" | "draining" | null {
  const lease = leaseOf(reading);
  if (lease?.id !== leaseId || lease.epoch !== epoch || !isAlive(reading)) return null;
  return reading.custody.state === "draining" ? "draining" : "held";
}

const isLate = ({ custody: row, nowMs }: CustodyReading): boolean =>
  isExpiringSoon(row.expiresAtMs - nowMs, row.ttlMs ?? 0);

const nameOf = ({ botId, leaseId, epoch }: Followed) => ({ botId, leaseId, epoch });

const drainOf = ({ custody: row }: CustodyReading, followed: Followed) =>
  ({
    event: "drain",
    data: { ...nameOf(followed), drain: { to: row.handoverTo, deadline: toInstant(row.drainDeadlineMs ?? 0) } },
  }) as const;
