import type { MaintenanceFailure } from "./failures.ts";
import type { MaintenanceTerminal } from "./terminal.ts";

/** Writes what a command has to say: for people as text, with --json as one JSON document on stdout and nothing else. */
export interface MaintenanceOutput {
  readonly isJson: boolean;
  /** The result of a command: `value` with --json, otherwise the lines. */
  result(value: unknown, lines: readonly string[]): void;
  /** What is going on, on stderr; not with --json. */
  progress(text: string): void;
  /** What whoever runs the machine must not miss, on stderr in every form. */
  warning(text: string): void;
  /** With --json the error is the document on stdout, so that a script always has one to read. */
  failure(failure: MaintenanceFailure): void;
}

/** The output of one run. */
export function createOutput(terminal: MaintenanceTerminal, isJson: boolean): MaintenanceOutput {
  const { stdout, stderr } = terminal;
  return {
    isJson,
    result: (value, lines) => {
      stdout.write(isJson ? `${JSON.stringify(value, null, 2)}\n` : lines.map((line) => `${line}\n`).join(""));
    },
    progress: (text) => {
      if (!isJson) stderr.write(`${text}\n`);
    },
    warning: (text) => {
      stderr.write(`Warning: ${text}\n`);
    },
    failure: (failure) => {
      if (isJson) stdout.write(`${JSON.stringify({ error: failure })}\n`);
      else stderr.write(`${failure.message}\n${failure.hint === null ? "" : `${failure.hint}\n`}`);
    },
  };
}
