import { type BlockEnd, type BlockRow, decidingBlock, isAutomaticOrigin, isBlockActive, longestEnd } from "./blocks.ts";

/** A block somebody or something wants to make, and what the caller has already. */
export interface BlockWish {
  readonly end: BlockEnd;
  /** Every block of the caller that is not ended in the database; expired ones may be among them. */
  readonly existing: readonly BlockRow[];
  /** Whether the caller stands on the allow list exactly. */
  readonly isAllowed: boolean;
  /** Block although the caller is allowed. */
  readonly force: boolean;
  /** Let the new end stand even where it is shorter than the running one. */
  readonly replace: boolean;
  readonly nowMs: number;
}

/**
 * What a new block does. `create`: a new row with this end; `endedIds` end first as `replaced`, `expiredIds` as
 * `expired`. `keep`: the running block lasts at least as long and stays; nothing is written but `expiredIds`.
 * `refused`: the caller is allowed (409 allow-conflict unless forced).
 */
export type BlockPlan =
  | { kind: "create"; end: BlockEnd; endedIds: readonly string[]; expiredIds: readonly string[] }
  | { kind: "keep"; blockId: string; expiredIds: readonly string[] }
  | { kind: "refused"; code: "allow-conflict" };

/**
 * Plans a block over what there is: one active block per caller, the longest end wins, and permanent never becomes
 * temporary without `replace`. History stays as rows: a longer block is a new row with its own id.
 */
export function planBlock(wish: BlockWish): BlockPlan {
  if (wish.isAllowed && !wish.force) return { kind: "refused", code: "allow-conflict" };
  const active = wish.existing.filter((block) => isBlockActive(block, wish.nowMs));
  const expiredIds = idsOf(wish.existing.filter((block) => block.endedAtMs === null && !active.includes(block)));
  const running = decidingBlock(active, wish.nowMs);
  const longest = active.reduce<BlockRow | null>((best, block) => (best ? longestEnd(best, block) : block), null);
  if (running !== null && longest !== null && !wish.replace && longestEnd<BlockEnd>(longest, wish.end) === longest) {
    return { kind: "keep", blockId: longest.id, expiredIds };
  }
  return { kind: "create", end: wish.end, endedIds: idsOf(active), expiredIds };
}

/** What allowing a caller does: the blocks that end as `allowed`, or a refusal over a manual block (409, `force`). */
export type AllowPlan = { kind: "allow"; endedIds: readonly string[] } | { kind: "refused"; code: "block-conflict" };

/** Plans an allow: automatic blocks end with it, a manual one refuses it unless forced, and then ends too. */
export function planAllow(existing: readonly BlockRow[], force: boolean, nowMs: number): AllowPlan {
  const active = existing.filter((block) => isBlockActive(block, nowMs));
  const hasManual = active.some((block) => !isAutomaticOrigin(block.origin));
  if (hasManual && !force) return { kind: "refused", code: "block-conflict" };
  return { kind: "allow", endedIds: idsOf(active) };
}

/**
 * What undoing an unblock does. `restore`: the same row is active again with its own end. `over`: that end has passed
 * meanwhile. `refused`: another block runs now, or the caller has been allowed since.
 */
export type RestorePlan =
  | { kind: "restore"; blockId: string }
  | { kind: "already-active" }
  | { kind: "over" }
  | { kind: "refused"; code: "block-conflict" | "allow-conflict" };

/** Plans the undo of an unblock. `others` are the caller's other blocks; `isAllowed`: on the allow list by now. */
export function planRestore(
  block: BlockRow,
  others: readonly BlockRow[],
  isAllowed: boolean,
  nowMs: number,
): RestorePlan {
  if (isBlockActive(block, nowMs)) return { kind: "already-active" };
  if (!isBlockActive({ ...block, endedAtMs: null }, nowMs)) return { kind: "over" };
  if (decidingBlock(others, nowMs) !== null) return { kind: "refused", code: "block-conflict" };
  return isAllowed ? { kind: "refused", code: "allow-conflict" } : { kind: "restore", blockId: block.id };
}

function idsOf(blocks: readonly BlockRow[]): readonly string[] {
  return blocks.map((block) => block.id);
}
