import type { Outputs } from "#lib/api/client.ts";

/** A span of the history that can be looked at. */
export interface HistoryRange {
  /** In the address bar. */
  readonly name: string;
  readonly label: string;
  readonly hours: number;
}

const DAY: HistoryRange = { name: "24h", label: "24 hours", hours: 24 };

/** The spans that are offered; the first one is shown unless another is asked for. */
export const historyRanges: readonly HistoryRange[] = [DAY, { name: "7d", label: "7 days", hours: 168 }];

/** The span the address bar asks for. */
export const readHistoryRange = ({ searchParams }: { readonly searchParams: Pick<URLSearchParams, "get"> }) =>
  historyRanges.find(({ name }) => name === searchParams.get("range")) ?? DAY;

/** How much of the known time a bot was usable: online, or in the hands of a microservice. Rounded down: 100 % is all of it. */
export function describeOnlineShare({ segments }: Pick<Outputs["bots"]["history"], "segments">): string {
  let knownMs = 0;
  let usableMs = 0;
  for (const { state, from, to } of segments) {
    const lengthMs = Date.parse(to) - Date.parse(from);
    knownMs += lengthMs;
    if (state === "online" || state === "handed-over") usableMs += lengthMs;
  }
  if (knownMs === 0) return "Nothing is known of this time yet.";
  return `Online or handed over ${Math.floor((usableMs / knownMs) * 1_000) / 10} % of the known time.`;
}
