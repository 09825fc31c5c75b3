import type { Outputs } from "#lib/api/client.ts";

type Block = Outputs["blocks"]["list"]["items"][number];

/** Who or what made a block. */
export const originWords: Readonly<Record<Block["origin"], string>> = {
  manual: "By hand",
  limit: "Over the limit",
  rule: "By a rule",
  import: "Imported",
  api: "By an API key",
};

/** Why a block is over. */
export const endWords: Readonly<Record<NonNullable<Block["endCause"]>, string>> = {
  expired: "Ran out",
  lifted: "Unblocked",
  replaced: "Replaced by another block",
  merged: "Merged with another block of the same person",
  allowed: "Ended by the allow list",
};

/** Who stands behind a name such as `user:usr_…`, for the person with this id; null: the product itself. */
export function describeAuthor(author: string, myUserId: string | undefined): string | null {
  const [kind, id] = author.split(":");
  if (kind === "system" || kind === "worker") return null;
  if (kind === "api-key") return "an API key";
  return id === myUserId ? "you" : "somebody else in the team";
}

const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

/** How long it is until an instant, in words and rounded down: "23 hours left". null: it has passed. */
export function describeTimeLeft(instant: string, nowMs: number): string | null {
  const leftMs = Date.parse(instant) - nowMs;
  if (leftMs <= 0) return null;
  const [unit, sizeMs] = UNITS.find(([, size]) => leftMs >= size) ?? [null, 0];
  if (unit === null) return "less than a minute left";
  const count = Math.floor(leftMs / sizeMs);
  return `${count} ${unit}${count === 1 ? "" : "s"} left`;
}
