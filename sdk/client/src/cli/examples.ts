import type { Command } from "commander";

/** A command line that can be typed as it is, and what it is good for. */
export type Example = readonly [line: string, about: string];

const examplesByCommand = new WeakMap<Command, readonly Example[]>();

/** Shows examples at the end of a command's help. */
export function addExamples(command: Command, examples: readonly Example[]): void {
  examplesByCommand.set(command, examples);
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, about]) => `  ${line.padEnd(width)}  # ${about}`);
  command.addHelpText("after", `\nExamples:\n${lines.join("\n")}`);
}

/** The examples a command was given; empty when none. */
export const examplesOf = (command: Command): readonly Example[] => examplesByCommand.get(command) ?? [];
