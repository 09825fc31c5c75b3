import { Command, Option } from "commander";
import { addControlCommands } from "./cli/control-commands.ts";
import { DEFAULT_CONTROL_PORT, DEFAULT_PORT } from "./cli/defaults.ts";
import { serve } from "./cli/serve.ts";

const program = new Command("simulator")
  .description("A WhatsApp multi-device server on this machine, for linking and testing bots without WhatsApp")
  .addOption(
    new Option("--control <url>", "control port of a running simulator").default(
      `http://127.0.0.1:${DEFAULT_CONTROL_PORT}`,
    ),
  )
  .option("--json", "print JSON only")
  .showHelpAfterError();

program
  .command("serve")
  .description("start a simulator and keep it running")
  .option("--port <port>", "port of the chat server, 0 for a free one", Number, DEFAULT_PORT)
  .option("--control-port <port>", "port of the control interface, 0 for a free one", Number, DEFAULT_CONTROL_PORT)
  .option("--state <file>", "keep people, devices and keys in this file over restarts")
  .option("--seed <number>", "make ids and keys repeatable", Number)
  .option("--habits", "add phones, and people who call and write by themselves once told to")
  .option("--dashboard-url <url>", "where the dashboard of the bots is, for a link on the control page")
  .action((options) => serve({ ...options, isJson: program.opts().json === true }));

addControlCommands(program);

try {
  await program.parseAsync();
} catch (err) {
  console.error(err instanceof Error ? err.message : err);
  process.exitCode = 1;
}
