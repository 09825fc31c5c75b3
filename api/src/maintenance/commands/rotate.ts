import type { AddCommand } from "../command.ts";
import { rotateDataKeys } from "../keys/rotate-data-keys.ts";
import { rotateMasterKey } from "../keys/rotate-master-key.ts";

const PLAN = ["--plan", "say what would be done, and do nothing"] as const;

/** rotate master-key, data-keys: new keys for old ones, while the product runs. Ended at any point, they go on when called again. */
export const addRotateCommands: AddCommand = (program, machine) => {
  const rotate = program.command("rotate").description("new keys for old ones, while the product runs");
  rotate
    .command("master-key")
    .description("a new master key: wraps again what the old one wraps, and changes nothing else")
    .option(...PLAN)
    .action((options: { readonly plan?: true }) => rotateMasterKey(machine, options));
  rotate
    .command("data-keys")
    .description("new data keys of the bots: seals their sessions again")
    .option("--bot <bot>", "of this bot only, by id or name")
    .option(...PLAN)
    .action((options: { readonly bot?: string; readonly plan?: true }) => rotateDataKeys(machine, options));
};
