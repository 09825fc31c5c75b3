import type { Outputs } from "#lib/api/client.ts";
import { describeDay } from "#lib/features/calls/local-days.ts";
import { callOutcomes, outcomeWords } from "#lib/words/calls.ts";

/** The numbers of one day. */
export type DayNumbers = Outputs["calls"]["statistics"]["days"][number];

/** "5 calls", "1 call", "no calls". */
export const countCalls = (count: number): string =>
  count === 0 ? "no calls" : count === 1 ? "1 call" : `${count} calls`;

/** A day's calls by verdict, without those that were none: "3 allowed, 2 blocked". Empty: there were none. */
export const splitOf = ({ byOutcome }: Pick<DayNumbers, "byOutcome">): string =>
  callOutcomes
    .filter((outcome) => byOutcome[outcome] > 0)
    .map((outcome) => `${byOutcome[outcome]} ${outcomeWords[outcome].label.toLowerCase()}`)
    .join(", ");

/** A day in one sentence: "Mon 5 Jan 2026: 5 calls, 3 allowed, 2 blocked". */
export const describeNumbers = (day: DayNumbers): string =>
  [`${describeDay(day.localDate)}: ${countCalls(day.live)}`, splitOf(day)].filter(Boolean).join(", ");
