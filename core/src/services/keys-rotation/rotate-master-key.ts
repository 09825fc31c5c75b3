import type { ServiceContext } from "../../context.ts";
import type { MasterKey } from "../../crypto/master-key.ts";
import { writeAudit } from "../records.ts";
import { readMasterKeyState, writeMasterKeyState } from "./master-key-state.ts";
import { listWrapped, openWrapped, type WrappedRow } from "./wrapped-rows.ts";

/** How much stands under one master key. */
export interface MasterKeyUse {
  readonly masterKeyId: string;
  /** Secrets of the installation and data keys of bots. */
  readonly rows: number;
}

/** How a rotation is followed and ended. */
export interface RotationSteps {
  /** Called after each small transaction. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Asked between two transactions: true ends the work there; the same call goes on later. */
  readonly shouldStop?: () => boolean;
}

/** What one call of a rotation did. */
export interface RewrapResult {
  /** Rows this call wrapped again. */
  readonly rewrapped: number;
  /** true: nothing is under another key, and nothing new can come under one. */
  readonly isComplete: boolean;
}

/** What stands under which master key, the most used first. */
export async function countByMasterKey(ctx: Pick<ServiceContext, "db">): Promise<readonly MasterKeyUse[]> {
  const rows = new Map<string, number>();
  for (const { masterKeyId } of await listWrapped(ctx.db.reader))
    rows.set(masterKeyId, (rows.get(masterKeyId) ?? 0) + 1);
  return [...rows].map(([masterKeyId, count]) => ({ masterKeyId, rows: count })).sort((a, b) => b.rows - a.rows);
}

/**
 * Wraps everything again under `target`, row by row, each in a transaction of its own and only while it is still under the
 * key it was read with. What is wrapped is not changed. From its first transaction on nothing new is wrapped under another
 * key. Can be ended at any point and called again; then it goes on. Two calls at once do no harm.
 *
 * Everything is opened before anything is changed, so that a missing or wrong key changes nothing.
 * @throws WrongMasterKeyError, WrapBrokenError; then nothing was changed
 */
export async function rewrapUnderMasterKey(
  ctx: ServiceContext,
  target: MasterKey,
  steps: RotationSteps = {},
): Promise<RewrapResult> {
  let rows = await listWrapped(ctx.db.reader, target.id);
  for (const row of rows) await openWrapped(ctx.keyring.master, row);
  await beginRotation(ctx, target.id, rows);
  const total = rows.length;
  let rewrapped = 0;
  // Again and again, since a process may have wrapped something a moment before the rotation began.
  for (; rows.length > 0; rows = await listWrapped(ctx.db.reader, target.id)) {
    for (const row of rows) {
      if (steps.shouldStop?.()) return { rewrapped, isComplete: false };
      if (await rewrap(ctx, target, row)) rewrapped += 1;
      steps.onProgress?.(rewrapped, Math.max(rewrapped, total));
    }
  }
  await completeRotation(ctx, target.id);
  return { rewrapped, isComplete: true };
}

async function rewrap(ctx: ServiceContext, target: MasterKey, row: WrappedRow): Promise<boolean> {
  const wrapped = await target.wrap(await openWrapped(ctx.keyring.master, row), row.context);
  return ctx.db.write((tx) => row.replace(tx, target.id, wrapped));
}

/** Names the target as the key of new things and notes it in the audit, unless that was done. */
async function beginRotation(ctx: ServiceContext, targetId: string, others: readonly WrappedRow[]): Promise<void> {
  const formerId = others[0]?.masterKeyId ?? null;
  const nowMs = ctx.clock.nowMs();
  await ctx.db.write(async (tx) => {
    const state = await readMasterKeyState(tx);
    const isUnderWay = state?.currentId === targetId && state.completedAtMs === null;
    if (isUnderWay || formerId === null) return;
    await writeMasterKeyState(tx, { currentId: targetId, formerId, startedAtMs: nowMs, completedAtMs: null }, nowMs);
    const detail = { keyId: targetId, formerKeyId: formerId };
    const action = "installation.rotate-master-key";
    await writeAudit(tx, ctx, { action, objectId: targetId, teamId: null, detail });
  });
}

async function completeRotation(ctx: ServiceContext, targetId: string): Promise<void> {
  const nowMs = ctx.clock.nowMs();
  await ctx.db.write(async (tx) => {
    const state = await readMasterKeyState(tx);
    if (state?.currentId === targetId && state.completedAtMs === null)
      await writeMasterKeyState(tx, { ...state, completedAtMs: nowMs }, nowMs);
  });
}
