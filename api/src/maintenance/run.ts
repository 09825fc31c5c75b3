import { CommanderError } from "commander";
import { describeFailure, exitCodes, MaintenanceError } from "./failures.ts";
import { createMachine } from "./machine.ts";
import { createOutput } from "./output.ts";
import { createMaintenanceProgram } from "./program.ts";
import type { MaintenanceTerminal } from "./terminal.ts";

/**
 * Runs one command line of the machine's own commands and closes what it opened. Never throws: what went wrong is
 * written in a sentence, and the exit code tells its kind (0 done, 1 refused, failed or something found, 2 wrong command
 * line).
 */
export async function runMaintenance(args: readonly string[], terminal: MaintenanceTerminal): Promise<number> {
  const output = createOutput(terminal, args.includes("--json"));
  const machine = createMachine(terminal, output);
  try {
    await createMaintenanceProgram(machine, terminal).parseAsync([...args], { from: "user" });
    return machine.hasFound ? exitCodes.failure : exitCodes.ok;
  } catch (err) {
    const failure = commandLineFailure(err);
    if (failure === null) return exitCodes.ok;
    output.failure(describeFailure(failure));
    return failure instanceof MaintenanceError ? failure.exitCode : exitCodes.failure;
  } finally {
    await machine.close();
  }
}

/** null when nothing failed: help was asked for. */
function commandLineFailure(err: unknown): unknown {
  if (!(err instanceof CommanderError)) return err;
  if (err.exitCode === 0) return null;
  const message = err.code === "commander.help" ? "Name a command." : err.message.replace(/^error: /, "");
  const line = message.replace(/\s*\n\s*/g, " ");
  const sentence = `${line.charAt(0).toUpperCase()}${line.slice(1)}${/[.?)]$/.test(line) ? "" : "."}`;
  return new MaintenanceError("usage", sentence, "See `npm run -s maintain -- --help`.", exitCodes.usage);
}
