import { type Activity, startActivity } from "./activity.ts";
import type { FailureReport } from "./cli-error.ts";
import { harmless, paint, type Terminal } from "./terminal.ts";

/** Text of one cell; null and undefined are shown as a dash. */
export type Cell = string | number | boolean | null | undefined;

/** Writes results: for people as text, with --json as one JSON document on stdout and nothing else. */
export interface Output {
  readonly isJson: boolean;
  /** The result of a command: `value` with --json, otherwise what `draw` writes. */
  result(value: unknown, draw: (output: Output) => void): void;
  /** One line to stdout, for people only; what would steer the terminal is replaced. */
  line(text: string): void;
  /** A line that holds looks of our own. */
  drawing(text: string): void;
  /** Rows under a head; `none` instead when there are none. */
  table(head: readonly string[], rows: readonly (readonly Cell[])[], none: string): void;
  /** Names and values below each other. */
  fields(pairs: readonly (readonly [string, Cell])[]): void;
  /** One line to stderr: what is going on. Not with --json. */
  progress(text: string): void;
  /** What is being waited for, on a line of its own while it lasts; for people before a terminal only. */
  activity(text: string): Activity;
  /** With --json the error is the document on stdout, so that a script always has one to read. */
  failure(report: FailureReport): void;
}

/** The output of one run. */
export function createOutput(terminal: Terminal, isJson: boolean): Output {
  const drawing = (text: string) => {
    if (!isJson) terminal.stdout.write(`${text}\n`);
  };
  const line = (text: string) => drawing(harmless(text));
  const output: Output = {
    isJson,
    result: (value, draw) => {
      if (isJson) terminal.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
      else draw(output);
    },
    line,
    drawing,
    table: (head, rows, none) => {
      if (rows.length === 0) return line(none);
      const [first = "", ...others] = drawTable([head, ...rows.map((row) => row.map(toText))]);
      drawing(paint(terminal, "bold", first));
      for (const text of others) line(text);
    },
    fields: (pairs) => {
      const width = Math.max(...pairs.map(([name]) => name.length));
      for (const [name, value] of pairs) drawing(`${paint(terminal, "dim", name.padEnd(width))}  ${toText(value)}`);
    },
    progress: (text) => {
      if (!isJson) terminal.stderr.write(`${harmless(text)}\n`);
    },
    activity: (text) => startActivity(terminal, text),
    failure: (report) => {
      if (isJson) terminal.stdout.write(`${JSON.stringify({ error: report })}\n`);
      else terminal.stderr.write(describeReport(report));
    },
  };
  return output;
}

/** Columns as wide as their widest cell, two spaces between, no space at the end of a line. */
function drawTable(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function toText(cell: Cell): string {
  if (cell === null || cell === undefined || cell === "") return "-";
  if (typeof cell === "boolean") return cell ? "yes" : "no";
  return harmless(String(cell));
}

function describeReport({ message, hint, requestId, errors }: FailureReport): string {
  const fields = errors
    .map(({ path, message: reason }) => `  ${harmless(`${path === "" ? "" : `${path}: `}${reason}`)}\n`)
    .join("");
  const next = hint === null ? "" : `${hint}\n`;
  const request = requestId === null ? "" : `(request ${requestId})\n`;
  return `sb: ${harmless(message)}\n${fields}${next}${request}`;
}
