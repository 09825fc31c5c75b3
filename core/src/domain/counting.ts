import type { BlockRow } from "./blocks.ts";
import type { CallBlockingSettings } from "./call-blocking-settings.ts";
import { limitWindowAround, type TimeWindow } from "./time-window.ts";
import type { CallEnding } from "./vocabulary.ts";

/** The two instants of a block that restart the count. */
export type BlockSpan = Pick<BlockRow, "createdAtMs" | "expiresAtMs" | "endedAtMs">;

/**
 * The span in which a call of this caller that began at `startedAtMs` counts: the limit's window around it, cut off at
 * the last restart. Count the calls with `startMs <= started < endMs` for which {@link isCountedCall} holds, without
 * the call itself. `history` are all blocks of the caller, ended ones included.
 */
export function countingWindow(
  settings: Pick<CallBlockingSettings, "limitWindow" | "timeZone">,
  startedAtMs: number,
  history: readonly BlockSpan[],
  nowMs: number,
): TimeWindow {
  const window = limitWindowAround(settings.limitWindow, startedAtMs, settings.timeZone);
  const resetMs = countingResetMs(history, nowMs);
  return resetMs === null ? window : { startMs: Math.max(window.startMs, resetMs), endMs: window.endMs };
}

/**
 * The instant from which calls count again, or null if they always did: the latest creation or end of a block. A call
 * at that very instant counts; the one that made the block does not (its decision says so). An end that lies ahead is
 * none yet, and a block that ran out ended then, however late the cleanup marked it.
 */
export function countingResetMs(history: readonly BlockSpan[], nowMs: number): number | null {
  const instants = history.flatMap((block) => [block.createdAtMs, endOf(block, nowMs) ?? block.createdAtMs]);
  return instants.length === 0 ? null : Math.max(...instants);
}

/**
 * Whether a stored call counts towards the limit. `counts` is what its decision said; `ended` is null while it runs.
 * Calls answered on a phone are left out where the settings say so.
 */
export function isCountedCall(call: { counts: boolean; ended: CallEnding | null }, countAnswered: boolean): boolean {
  const isAnswered = call.ended === "answered" || call.ended === "answered-elsewhere";
  return call.counts && (countAnswered || !isAnswered);
}

function endOf(block: BlockSpan, nowMs: number): number | null {
  const ranOutAtMs = block.expiresAtMs !== null && block.expiresAtMs <= nowMs ? block.expiresAtMs : null;
  if (block.endedAtMs === null || ranOutAtMs === null) return block.endedAtMs ?? ranOutAtMs;
  return Math.min(block.endedAtMs, ranOutAtMs);
}
