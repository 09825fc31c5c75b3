import { Command } from "commander";
import manifest from "../../package.json" with { type: "json" };
import { addAccountCommands } from "./commands/account.ts";
import { addAllowsCommands } from "./commands/allows.ts";
import { addAuditCommands } from "./commands/audit.ts";
import { addBlocksCommands } from "./commands/blocks.ts";
import { addBotsCommands } from "./commands/bots.ts";
import { addCallsCommands } from "./commands/calls.ts";
import { addCleanupCommand } from "./commands/cleanup.ts";
import { addCompletionCommand } from "./commands/completion.ts";
import { addConfigCommand } from "./commands/config.ts";
import { addEventsCommand } from "./commands/events.ts";
import { addHealthCommand } from "./commands/health.ts";
import { addInvitationsCommands } from "./commands/invitations.ts";
import { addKeysCommands } from "./commands/keys.ts";
import { addLeaseCommands } from "./commands/leases.ts";
import { addMaintenanceCommands } from "./commands/maintenance.ts";
import { addPairCommand } from "./commands/pair.ts";
import { addPasswordCommands } from "./commands/password.ts";
import { addSessionFilesCommands } from "./commands/session-files.ts";
import { addSessionTokensCommands } from "./commands/session-tokens.ts";
import { addSettingsCommands } from "./commands/settings.ts";
import { addSignInsCommands } from "./commands/sign-ins.ts";
import { addTeamsCommands } from "./commands/teams.ts";
import { addTokensCommands } from "./commands/tokens.ts";
import { addUsersCommands } from "./commands/users.ts";
import { readInteger } from "./read-options.ts";
import type { Start } from "./start.ts";
import type { Terminal } from "./terminal.ts";

const AFTERWORD = `
Environment:
  SB_URL     address of the api; without it the one you signed in at, or http://127.0.0.1:8787
  SB_TOKEN   personal access token, instead of the stored one
  SB_CONFIG  file of the stored token; without it switchboard/credentials.json in $XDG_CONFIG_HOME
  NO_COLOR   no colours

Exit codes:
  0 done   1 refused or failed   2 wrong command line   3 not signed in
  4 no such thing   5 the api does not answer   6 not now, try again later
  130 ended with Ctrl-C

Help of one command, with examples: sb help <command>`;

/** Options every command takes, before or after its name. */
export interface GlobalOptions {
  readonly json?: true;
  readonly url?: string;
  /** Seconds. */
  readonly maxTime?: number;
}

/** The command line as commander knows it; it prints nothing but help, and throws instead of ending the process. */
export function createProgram(terminal: Terminal, start: Start): Command {
  const program = new Command("sb")
    .description("Custody of WhatsApp bots, from the command line.")
    .version(manifest.version)
    .option("--json", "write one JSON document to standard output, and nothing else")
    .option("--url <url>", "address of the api")
    .option("--max-time <seconds>", "how long one call to the api may take, 30 unless given", (text) =>
      readInteger("--max-time", text),
    )
    .showHelpAfterError(false)
    .addHelpText("after", AFTERWORD)
    .exitOverride()
    // Commands take this over when they are added. What is wrong is written by the caller, once.
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      outputError: () => undefined,
    });
  addAccountCommands(program, start);
  addBotsCommands(program, start);
  addPairCommand(program, start);
  addLeaseCommands(program, start);
  addKeysCommands(program, start);
  addCallsCommands(program, start);
  addBlocksCommands(program, start);
  addAllowsCommands(program, start);
  addSettingsCommands(program, start);
  addEventsCommand(program, start);
  addSessionFilesCommands(program, start);
  addSessionTokensCommands(program, start);
  addUsersCommands(program, start);
  addInvitationsCommands(program, start);
  addTeamsCommands(program, start);
  addTokensCommands(program, start);
  addPasswordCommands(program, start);
  addSignInsCommands(program, start);
  addAuditCommands(program, start);
  addHealthCommand(program, start);
  addConfigCommand(program, start);
  addCleanupCommand(program, start);
  addMaintenanceCommands(program, terminal);
  addCompletionCommand(program, terminal);
  return program;
}
