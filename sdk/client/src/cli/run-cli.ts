import { CommanderError } from "commander";
import { type FailureReport, reportFailure, usageError } from "./cli-error.ts";
import { DelegatedFailure } from "./commands/maintenance.ts";
import { COMPLETION_REQUEST, complete } from "./completion/complete.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { createOutput } from "./output.ts";
import { createProgram, type GlobalOptions } from "./program.ts";
import { openSession } from "./session.ts";
import type { Start } from "./start.ts";
import type { Terminal } from "./terminal.ts";

/** Runs one command line. Never throws: what went wrong is written, and the exit code tells its kind. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let url = "";
  const start: Start = async (work) => {
    const options = program.opts<GlobalOptions>();
    const output = createOutput(terminal, options.json === true);
    const session = await openSession(terminal, output, options);
    url = session.url;
    await work(session);
  };
  const program = createProgram(terminal, start);
  try {
    if (args[0] === COMPLETION_REQUEST) {
      await complete(program, terminal, args.slice(1));
      return exitCodes.ok;
    }
    await program.parseAsync([...args], { from: "user" });
    return exitCodes.ok;
  } catch (err) {
    if (err instanceof DelegatedFailure) return err.exitCode;
    const report = reportOf(err, url);
    if (report) createOutput(terminal, args.includes("--json")).failure(report);
    return report?.exitCode ?? exitCodes.ok;
  }
}

/** null when nothing failed: help or the version was asked for. */
function reportOf(err: unknown, url: string): FailureReport | null {
  if (!(err instanceof CommanderError)) return reportFailure(err, url);
  if (err.exitCode === 0) return null;
  // A group without its command has shown its help already.
  const message = err.code === "commander.help" ? "Name a command." : err.message.replace(/^error: /, "");
  return reportFailure(usageError(sentence(message), "See `sb --help`."), url);
}

/** What commander says begins small, has no full stop, and puts its suggestion on a line of its own. */
function sentence(text: string): string {
  const line = text.replace(/\s*\n\s*/g, " ");
  return `${line.charAt(0).toUpperCase()}${line.slice(1)}${/[.?)]$/.test(line) ? "" : "."}`;
}
