/** The value below which this share (0 to 1) of the values lies, by nearest rank; NaN without values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => percentile(values, 0.5);

/** The median of the pairwise ratios b/a of rounds that ran next to each other, so that a busy minute hits both. */
export function medianRatio(a: readonly number[], b: readonly number[]): number {
  return median(a.map((value, index) => (b[index] ?? Number.NaN) / value));
}

/** p50, p95, p99 and the largest, as cells of a table. */
export function spread(values: readonly number[]): Record<"n" | "p50" | "p95" | "p99" | "max", string> {
  const at = (share: number) => format(percentile(values, share));
  return { n: String(values.length), p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

/** Three significant digits. */
export const format = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));
