import { cpus, loadavg } from "node:os";
import { format } from "./statistics.ts";

/** Cells of one line, by column. */
export type Row = Readonly<Record<string, string | number>>;

/** Prints what is measured, and on which machine: its load at the start says how far to trust the figures. */
export function printHeading(title: string, remarks: readonly string[] = []): void {
  const [cpu] = cpus();
  const load = loadavg().map((value) => value.toFixed(1));
  console.log(title);
  console.log(
    `  ${cpus().length} x ${cpu?.model.trim() ?? "?"}, Node ${process.versions.node}, load ${load.join(" ")}`,
  );
  for (const remark of remarks) console.log(`  ${remark}`);
}

/** Prints a table whose columns are those of the first row. */
export function printTable(rows: readonly Row[]): void {
  const [first] = rows;
  if (first === undefined) return;
  const columns = Object.keys(first);
  const lines = [columns, ...rows.map((row) => columns.map((column) => String(row[column] ?? "")))];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)));
  const pad = (cell: string, index: number) =>
    index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0);
  for (const line of lines) console.log(`  ${line.map(pad).join("  ")}`);
}

/** Prints a ratio beside its goal. Nothing fails: a busy machine must not turn a benchmark red. */
export function printGoal(ratio: number, goal: { readonly atMost?: number; readonly atLeast?: number }): void {
  const isReached = ratio <= (goal.atMost ?? Number.POSITIVE_INFINITY) && ratio >= (goal.atLeast ?? 0);
  const wish = goal.atMost === undefined ? `at least ${goal.atLeast}` : `at most ${goal.atMost}`;
  console.log(`  ratio ${format(ratio)} (goal: ${wish}) ${isReached ? "reached" : "MISSED"}`);
}
