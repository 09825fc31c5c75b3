import type { Command } from "commander";
import { failedError } from "../cli-error.ts";
import type { Session } from "../session.ts";
import type { Start } from "../start.ts";

/** config: the settings the api runs with. */
export function addConfigCommand(program: Command, start: Start): void {
  program
    .command("config")
    .description("every setting of the installation and its value, as the running api has it")
    .action(() => start(showConfig));
}

async function showConfig(session: Session): Promise<void> {
  const settings = await session.client().system.config.query();
  if (settings === null) throw failedError("This api does not tell its settings.");
  session.output.result({ settings }, (output) =>
    output.table(
      ["NAME", "VALUE", "FROM", "WHAT IT IS"],
      settings.map(({ name, value, isSecret, isSet, isDefault, about }) => [
        name,
        isSecret ? (isSet ? "set" : "not set") : value,
        isDefault ? "default" : "environment",
        about,
      ]),
      "There are no settings.",
    ),
  );
}
