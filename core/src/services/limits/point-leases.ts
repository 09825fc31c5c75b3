import type { ServiceContext } from "../../context.ts";
import { type AskedPoints, countPoints, type PointCount } from "./count-points.ts";
import { type NamedQuotaState, secondsUntil } from "./take-point.ts";

/** A quota a request counts against. */
export interface Quota {
  /** The name callers are told. */
  readonly policy: string;
  /** The counter: policy and whose requests it counts. */
  readonly key: string;
  readonly limit: number;
  readonly windowSeconds: number;
}

/** What became of a request: how each of its quotas stands, and the names of those that were used up. */
export interface QuotaOutcome {
  readonly states: readonly NamedQuotaState[];
  readonly violated: readonly string[];
}

/** Points of shared quotas that one process took in advance. */
export interface PointLeases {
  /** Takes `cost` points of every quota, or tells which of them is used up. A negative answer is data, not an error. */
  take(ctx: LeaseContext, quotas: readonly Quota[], cost?: number): Promise<QuotaOutcome>;
}

type LeaseContext = Pick<ServiceContext, "db" | "clock">;

/** A process takes this part of what is left in advance, so that most requests of a busy caller write nothing. */
const LEASED_PART = 1 / 10;
/** Bounds the memory; what is dropped is counted as used. */
const HELD_MAX = 10_000;

interface Held {
  readonly limit: number;
  readonly endMs: number;
  /** Taken in advance and not used yet. */
  points: number;
  /** What the shared counter had left when it was last asked; other processes may have taken it since. */
  rest: number;
}

interface Leases {
  readonly held: Map<string, Held>;
  /** Counters that are being asked for a block: meanwhile others ask for what they need only. */
  readonly asking: Set<string>;
}

/**
 * Takes points of shared quotas in blocks, a tenth of what is left at a time: near the limit the blocks are single points.
 * A caller that was refused is refused from memory until its window ends, so a flood of refused requests writes nothing.
 *
 * Guarantee: all processes together let no more than `limit` pass in a window, since every point is counted in the
 * database before it is used. Not guaranteed: that all of them can be used. Points that one process holds are of no use
 * in another, so with P busy processes a caller may be refused while up to (P - 1) tenths of the limit are unused. A
 * process whose clock is late may use points of a window that is over elsewhere: a tenth of the limit at most.
 */
export function createPointLeases(): PointLeases {
  const leases: Leases = { held: new Map(), asking: new Set() };
  const { held } = leases;
  return {
    take: async (ctx, quotas, cost = 1) => {
      const nowMs = ctx.clock.nowMs();
      dropEnded(held, quotas, nowMs);
      const spent = quotas.filter((quota) => isSpent(held.get(quota.key), cost));
      if (spent.length > 0) return outcome(held, quotas, spent, nowMs);
      const open = quotas.map((quota) => ({ quota, reserved: reserve(held.get(quota.key), cost) }));
      const missing = open.filter(({ reserved }) => reserved < cost);
      if (missing.length > 0) await askForMore(ctx, leases, missing, cost);
      const violated = missing.filter(({ reserved }) => reserved < cost).map(({ quota }) => quota);
      return outcome(held, quotas, violated, ctx.clock.nowMs());
    },
  };
}

/** A quota and the points of this request that were found for it. */
interface Open {
  readonly quota: Quota;
  reserved: number;
}

async function askForMore(ctx: LeaseContext, { held, asking }: Leases, missing: readonly Open[], cost: number) {
  const asked = missing.map((open) => askFor(open, held, asking, cost));
  const askers = missing.map(({ quota }) => quota.key).filter((key) => !asking.has(key));
  for (const key of askers) asking.add(key);
  try {
    const counted = await countPoints(ctx, asked);
    missing.forEach((open, index) => {
      const count = counted.get(open.quota.key);
      if (count) settle(held, open, asked[index]?.points ?? 0, count, cost);
    });
  } finally {
    for (const key of askers) asking.delete(key);
  }
}

function askFor(
  { quota: { key, limit, windowSeconds }, reserved }: Open,
  held: ReadonlyMap<string, Held>,
  asking: ReadonlySet<string>,
  cost: number,
): AskedPoints {
  const block = asking.has(key) ? 0 : Math.floor((held.get(key)?.rest ?? limit) * LEASED_PART);
  return { key, windowSeconds, points: Math.max(cost - reserved, block) };
}

/**
 * Notes what was granted and takes what this request lacks, also from what others brought meanwhile. A request that cannot
 * have all it costs gets nothing.
 */
function settle(held: Map<string, Held>, open: Open, asked: number, count: PointCount, cost: number): void {
  const known = noteGranted(held, open.quota, asked, count);
  const available = known.points + open.reserved;
  open.reserved = available < cost ? 0 : cost;
  known.points = available - open.reserved;
}

function noteGranted(held: Map<string, Held>, { key, limit }: Quota, asked: number, count: PointCount): Held {
  const granted = Math.min(asked, Math.max(0, limit - (count.points - asked)));
  const rest = Math.max(0, limit - count.points);
  const known = held.get(key);
  if (known && known.endMs === count.expiresAtMs && known.limit === limit) {
    known.points += granted;
    known.rest = Math.min(known.rest, rest);
    return known;
  }
  if (held.size >= HELD_MAX) dropOldest(held);
  const begun = { limit, endMs: count.expiresAtMs, points: granted, rest };
  held.set(key, begun);
  return begun;
}

function reserve(known: Held | undefined, cost: number): number {
  const reserved = Math.min(known?.points ?? 0, cost);
  if (known) known.points -= reserved;
  return reserved;
}

const isSpent = (known: Held | undefined, cost: number): boolean =>
  known !== undefined && known.rest === 0 && known.points < cost;

function dropEnded(held: Map<string, Held>, quotas: readonly Quota[], nowMs: number): void {
  for (const { key, limit, windowSeconds } of quotas) {
    const known = held.get(key);
    if (!known) continue;
    const leftMs = known.endMs - nowMs;
    // The second part is for a clock that was set back, the third for a quota that was changed.
    if (leftMs <= 0 || leftMs > windowSeconds * 2_000 || known.limit !== limit) held.delete(key);
  }
}

function dropOldest(held: Map<string, Held>): void {
  const [oldest] = held.keys();
  if (oldest !== undefined) held.delete(oldest);
}

function outcome(
  held: ReadonlyMap<string, Held>,
  quotas: readonly Quota[],
  violated: readonly Quota[],
  nowMs: number,
): QuotaOutcome {
  const states = quotas.map((quota) => {
    const { policy, limit, windowSeconds } = quota;
    const known = held.get(quota.key);
    const remaining = violated.includes(quota) || !known ? 0 : known.points + known.rest;
    const resetSeconds = secondsUntil(known?.endMs ?? nowMs + windowSeconds * 1000, nowMs);
    return { policy, limit, windowSeconds, remaining, resetSeconds };
  });
  return { states, violated: violated.map(({ policy }) => policy) };
}
