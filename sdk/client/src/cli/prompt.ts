import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { interruptedError, usageError } from "./cli-error.ts";
import type { Terminal } from "./terminal.ts";

/** Asks a person for a line. @throws CliError usage, naming `option`, when nobody is there to ask */
export async function ask(terminal: Terminal, question: string, option: string): Promise<string> {
  requirePerson(terminal, option);
  return askWith(terminal, question, terminal.stderr);
}

/** Asks without showing what is typed. @throws CliError usage */
export async function askHidden(terminal: Terminal, question: string, option: string): Promise<string> {
  requirePerson(terminal, option);
  terminal.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  try {
    return await askWith(terminal, "", nowhere);
  } finally {
    terminal.stderr.write("\n");
  }
}

/**
 * The next line of standard input that is not empty, for passwords that come from another program.
 * @throws CliError usage when there is none
 */
export async function readLineFrom(stdin: NodeJS.ReadableStream): Promise<string> {
  const lines = linesOf.get(stdin) ?? createInterface({ input: stdin })[Symbol.asyncIterator]();
  linesOf.set(stdin, lines);
  for (;;) {
    const { value, done } = await lines.next();
    if (done) throw usageError("There is nothing more on standard input.", "Send each password on a line of its own.");
    if (value !== "") return value;
  }
}

/** Of one run: what was read ahead belongs to the next line. */
const linesOf = new WeakMap<NodeJS.ReadableStream, AsyncIterator<string>>();

async function askWith(terminal: Terminal, question: string, output: NodeJS.WritableStream): Promise<string> {
  const lines = createInterface({ input: terminal.stdin, output, terminal: true });
  // While it asks, the terminal gives Ctrl-C to readline and not to the process.
  const interrupted = new AbortController();
  lines.once("SIGINT", () => interrupted.abort());
  const signal = AbortSignal.any([terminal.interrupted, interrupted.signal]);
  try {
    return (await lines.question(question, { signal })).trim();
  } catch (err) {
    throw signal.aborted ? interruptedError() : err;
  } finally {
    lines.close();
  }
}

function requirePerson(terminal: Terminal, option: string): void {
  if (terminal.stdin.isTTY) return;
  throw usageError(`${option} is missing, and there is no terminal to ask for it.`);
}
