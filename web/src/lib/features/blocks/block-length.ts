import { instantOf, localTimeOf } from "./zoned-instant.ts";

/** How a person says how long a block lasts. */
export interface BlockLength {
  kind: "hours" | "until" | "permanent";
  hours: number | null;
  /** On a clock of the bot's zone, as `datetime-local` has it. */
  until: string;
}

/** A length that a block may have in the api; what is wrong with it, the api says. */
export type LengthInput =
  | { readonly type: "permanent" }
  | { readonly type: "temporary"; readonly hours: number }
  | { readonly type: "temporary"; readonly expiresAt: string };

/** What the form begins with: `hours`, and an end as far away. */
export const lengthOf = (hours: number, nowMs: number, timeZone: string): BlockLength => ({
  kind: "hours",
  hours,
  until: localTimeOf(nowMs + hours * 3_600_000, timeZone),
});

/** What the form says, as the api takes it. An empty field becomes a value that the api refuses with its field's name. */
export function readLength({ kind, hours, until }: BlockLength, timeZone: string): LengthInput {
  if (kind === "permanent") return { type: "permanent" };
  if (kind === "hours") return { type: "temporary", hours: hours ?? 0 };
  return { type: "temporary", expiresAt: instantOf(until, timeZone) ?? "" };
}
