import { Command } from "commander";
import { maintenanceCommands } from "./commands.ts";
import type { Machine } from "./machine.ts";
import type { MaintenanceTerminal } from "./terminal.ts";

const AFTERWORD = `
The commands read the settings of the installation (environment or .env) and need its database and its master key; they
need no sign-in, and the api may be down. Exit codes: 0 done, 1 refused or something found, 2 wrong command line.`;

/** The command line as commander knows it; it prints nothing but help, and throws instead of ending the process. */
export function createMaintenanceProgram(machine: Machine, terminal: MaintenanceTerminal): Command {
  const program = new Command("maintain")
    .description("Keys, backups and checks of the installation on this machine.")
    .option("--json", "write one JSON document to standard output, and nothing else")
    .showHelpAfterError(false)
    .addHelpText("after", AFTERWORD)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      outputError: () => undefined,
    });
  for (const add of maintenanceCommands) add(program, machine);
  return program;
}
