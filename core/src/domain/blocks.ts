import { type Bounds, blockHoursBounds } from "./call-blocking-settings.ts";
import type { BlockOrigin, BlockType } from "./vocabulary.ts";

/** One hour in milliseconds; a temporary block of 24 hours lasts exactly 86,400 s whatever the clocks do. */
export const hourMs = 3_600_000;

/** When a block ends. `expiresAtMs` is null for a permanent one. */
export interface BlockEnd {
  readonly type: BlockType;
  readonly expiresAtMs: number | null;
}

/** What decisions need of a block's row. `endedAtMs`: lifted, replaced or marked as expired at that instant; null: not. */
export interface BlockRow extends BlockEnd {
  readonly id: string;
  readonly origin: BlockOrigin;
  readonly createdAtMs: number;
  readonly endedAtMs: number | null;
}

/**
 * Whether the block turns calls away at `nowMs`. The clock alone ends a block: at `expiresAtMs` itself it is over,
 * whether or not a cleanup has marked the row.
 */
export function isBlockActive(block: Pick<BlockRow, "endedAtMs" | "expiresAtMs">, nowMs: number): boolean {
  return block.endedAtMs === null && (block.expiresAtMs === null || nowMs < block.expiresAtMs);
}

/** Whether the limit or a rule made the block. The other origins are somebody's will and count as manual. */
export function isAutomaticOrigin(origin: BlockOrigin): boolean {
  return origin === "limit" || origin === "rule";
}

/**
 * The active block that speaks for a caller, or null. There is one per caller, but two rows may match until a number
 * and a LID are known to be one person: then a manual one goes first, then the one that ends last, then the older.
 */
export function decidingBlock<Row extends BlockRow>(blocks: readonly Row[], nowMs: number): Row | null {
  const active = blocks.filter((block) => isBlockActive(block, nowMs));
  return active.sort(byPrecedence)[0] ?? null;
}

/** The later of two ends; permanent is later than any instant. Equal ends give the first. */
export function longestEnd<End extends BlockEnd>(first: End, second: End): End {
  return endRank(second) > endRank(first) ? second : first;
}

/** Two rows of what turned out to be one person: the row that stays and the end it gets, and the row that ends. */
export interface BlockMerge<Row extends BlockRow> {
  readonly kept: Row;
  readonly end: BlockEnd;
  readonly ended: Row;
}

/**
 * Merges two active blocks of one person: the manual one stays, else the older, and the longest end wins. The other
 * row ends as `merged`. The answer does not depend on the order of the arguments.
 */
export function mergeBlocks<Row extends BlockRow>(first: Row, second: Row): BlockMerge<Row> {
  const [kept, ended] = byStanding(first, second) <= 0 ? [first, second] : [second, first];
  const { type, expiresAtMs } = longestEnd(kept, ended);
  return { kept, end: { type, expiresAtMs }, ended };
}

/** How long somebody wants a block to be. At most one of `hours` and `expiresAtMs` may be set. */
export interface RequestedLength {
  readonly type: BlockType;
  readonly hours?: number | null | undefined;
  readonly expiresAtMs?: number | null | undefined;
}

/** Why a requested length is not possible. */
export type BlockLengthRefusal =
  | "permanent-with-end"
  | "hours-and-expiry"
  | "hours-out-of-bounds"
  | "expiry-in-the-past"
  | "expiry-too-far";

/** The end of a block, or why the request makes none. */
export type BlockEndResult = ({ ok: true } & BlockEnd) | { ok: false; reason: BlockLengthRefusal };

/**
 * The end of a block that begins at `nowMs`. A temporary one without a length lasts `defaultHours`. Hours must be whole
 * and within the bounds of the settings; an expiry must lie ahead, no further than those bounds reach.
 */
export function blockEndOf(request: RequestedLength, defaultHours: number, nowMs: number): BlockEndResult {
  const hours = request.hours ?? null;
  const expiresAtMs = request.expiresAtMs ?? null;
  if (request.type === "permanent") {
    const hasEnd = hours !== null || expiresAtMs !== null;
    return hasEnd ? refused("permanent-with-end") : { ok: true, type: "permanent", expiresAtMs: null };
  }
  if (hours !== null && expiresAtMs !== null) return refused("hours-and-expiry");
  if (expiresAtMs !== null) return endAt(expiresAtMs, nowMs);
  return endAfter(hours ?? defaultHours, nowMs);
}

function endAt(expiresAtMs: number, nowMs: number): BlockEndResult {
  if (!(expiresAtMs > nowMs)) return refused("expiry-in-the-past");
  if (expiresAtMs > nowMs + blockHoursBounds.max * hourMs) return refused("expiry-too-far");
  return { ok: true, type: "temporary", expiresAtMs };
}

function endAfter(hours: number, nowMs: number): BlockEndResult {
  if (!isWholeWithin(hours, blockHoursBounds)) return refused("hours-out-of-bounds");
  return { ok: true, type: "temporary", expiresAtMs: nowMs + hours * hourMs };
}

function isWholeWithin(value: number, bounds: Bounds): boolean {
  return Number.isInteger(value) && value >= bounds.min && value <= bounds.max;
}

function refused(reason: BlockLengthRefusal): BlockEndResult {
  return { ok: false, reason };
}

function endRank(end: BlockEnd): number {
  return end.expiresAtMs ?? Number.POSITIVE_INFINITY;
}

function byPrecedence(left: BlockRow, right: BlockRow): number {
  const byOrigin = Number(isAutomaticOrigin(left.origin)) - Number(isAutomaticOrigin(right.origin));
  if (byOrigin !== 0) return byOrigin;
  if (endRank(left) !== endRank(right)) return endRank(left) > endRank(right) ? -1 : 1;
  return byStanding(left, right);
}

/** Manual before automatic, older before newer, then by id, so that every pair has one order. */
function byStanding(left: BlockRow, right: BlockRow): number {
  const byOrigin = Number(isAutomaticOrigin(left.origin)) - Number(isAutomaticOrigin(right.origin));
  if (byOrigin !== 0) return byOrigin;
  if (left.createdAtMs !== right.createdAtMs) return left.createdAtMs - right.createdAtMs;
  return left.id < right.id ? -1 : 1;
}
