import type { BotState, BotStateReason } from "./vocabulary.ts";

/** A state that was told at an instant, and since when it was true then. Milliseconds. */
export interface ToldState {
  readonly state: BotState;
  /** null: none was given. */
  readonly reason: BotStateReason | null;
  readonly sinceMs: number;
}

/** A time through which a bot was in one state for one reason. Milliseconds; `toMs` is not part of it. */
export interface StateSegment {
  readonly state: BotState;
  readonly reason: BotStateReason | null;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * The states of a bot from `fromMs` to `toMs`, without gaps from the first one known on, the oldest first. `told` is in
 * the order it was told in. A state that was true for some time before it was told begins then, and ends what was shown
 * until there: a holder that fell silent is noticed late. What is told again without a change makes no new segment.
 */
export function segmentsOf(told: readonly ToldState[], span: { fromMs: number; toMs: number }): StateSegment[] {
  const { fromMs, toMs } = span;
  const starts: ToldState[] = [];
  for (const next of told) {
    while ((starts.at(-1)?.sinceMs ?? Number.NEGATIVE_INFINITY) > next.sinceMs) starts.pop();
    const last = starts.at(-1);
    if (last?.state === next.state && last.reason === next.reason) continue;
    if (last?.sinceMs === next.sinceMs) starts.pop();
    starts.push(next);
  }
  return starts.flatMap(({ state, reason, sinceMs }, place) => {
    const segment = { fromMs: Math.max(sinceMs, fromMs), toMs: Math.min(starts[place + 1]?.sinceMs ?? toMs, toMs) };
    return segment.fromMs < segment.toMs ? [{ state, reason, ...segment }] : [];
  });
}
