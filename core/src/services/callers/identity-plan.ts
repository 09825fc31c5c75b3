import type { CallerIdentity } from "../../domain/caller-identity.ts";

/** What a plan needs of a stored person. */
interface NamedRow {
  readonly id: string;
  readonly phoneNumber: string | null;
  readonly lid: string | null;
  readonly firstSeenAtMs: number;
}

/**
 * What to do with a person who appears under these names. `insert`: nobody is known under them; `names` are those not
 * taken by `alias`. `complete`: the row learns what it lacks, or lacks nothing. `merge`: two rows are one person, `kept`
 * being the older. `alias` is a row of the same number that belongs to another LID: not merged, but its block and its
 * allow speak for the call too, since people blocked and allowed the number.
 */
export type IdentityPlan<Row extends NamedRow> =
  | { readonly kind: "insert"; readonly names: CallerIdentity; readonly alias: Row | null }
  | { readonly kind: "complete"; readonly row: Row; readonly learnt: Partial<NamedRow>; readonly alias: Row | null }
  | { readonly kind: "merge"; readonly kept: Row; readonly gone: Row };

/** Plans over the rows found under either name. The LID names the person; a number may change hands. */
export function planIdentity<Row extends NamedRow>(rows: readonly Row[], names: CallerIdentity): IdentityPlan<Row> {
  const byLid = rows.find((row) => names.lid !== null && row.lid === names.lid) ?? null;
  const byNumber = rows.find((row) => names.pn !== null && row.phoneNumber === names.pn) ?? null;
  if (byLid !== null && byNumber !== null && byLid !== byNumber) return planPair(byLid, byNumber);
  if (byLid !== null) {
    const learnt = byLid.phoneNumber === null && names.pn !== null ? { phoneNumber: names.pn } : {};
    return { kind: "complete", row: byLid, learnt, alias: null };
  }
  if (byNumber === null) return { kind: "insert", names, alias: null };
  if (names.lid === null) return { kind: "complete", row: byNumber, learnt: {}, alias: null };
  if (byNumber.lid === null) return { kind: "complete", row: byNumber, learnt: { lid: names.lid }, alias: null };
  return { kind: "insert", names: { pn: null, lid: names.lid }, alias: byNumber };
}

function planPair<Row extends NamedRow>(byLid: Row, byNumber: Row): IdentityPlan<Row> {
  const isOnePerson = byLid.phoneNumber === null && byNumber.lid === null;
  if (!isOnePerson) return { kind: "complete", row: byLid, learnt: {}, alias: byNumber };
  const isLidOlder = byLid.firstSeenAtMs <= byNumber.firstSeenAtMs;
  return isLidOlder ? { kind: "merge", kept: byLid, gone: byNumber } : { kind: "merge", kept: byNumber, gone: byLid };
}
