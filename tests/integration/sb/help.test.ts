import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { cutLine } from "../../../sdk/client/src/cli/completion/shell-words.ts";
import { examplesOf } from "../../../sdk/client/src/cli/examples.ts";
import { exitCodes } from "../../../sdk/client/src/cli/exit-codes.ts";
import { createProgram } from "../../../sdk/client/src/cli/program.ts";
import { createTerminal } from "./support.ts";

const README = fileURLToPath(new URL("../../../sdk/client/README.md", import.meta.url));
const { terminal, stdout } = createTerminal();
const program = createProgram(terminal, async () => {});

function withCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withCommands)];
}

/** The command as it is typed behind `sb`. */
function lineOf(command: Command): string {
  const { parent } = command;
  return parent === null || parent === program ? command.name() : `${lineOf(parent)} ${command.name()}`;
}

const commands = withCommands(program);
const examples = commands.flatMap((command) => examplesOf(command));

it("says of every command and every option what it does", () => {
  for (const command of commands) {
    expect(command.description(), command.name()).not.toBe("");
    for (const option of command.options) expect(option.description, `${command.name()} ${option.flags}`).not.toBe("");
  }
});

it("lists every exit code and every variable", async () => {
  await program.parseAsync(["--help"], { from: "user" }).catch(() => undefined);
  for (const code of Object.values(exitCodes)) expect(stdout.text()).toMatch(new RegExp(`(^|\\s)${code} `));
  for (const name of ["SB_URL", "SB_TOKEN", "SB_CONFIG", "NO_COLOR"]) expect(stdout.text()).toContain(name);
});

it("is all in the README's table of commands", async () => {
  const text = await readFile(README, "utf8");
  const rows = [...text.matchAll(/^\| ((?:`[^`]+`(?:, )?)+) +\|/gm)].map(([, cell = ""]) => cell.replaceAll("`", " "));
  const inRow = (row: string, name: string) => ` ${row} `.replace(/[,[\]<>]/g, " ").includes(` ${name} `);
  const missing = commands.filter((command) => {
    if (command === program || command.commands.length > 0) return false;
    const group = command.parent === program ? null : command.parent && lineOf(command.parent);
    return !rows.some((row) => inRow(row, command.name()) && (!group || row.trim().startsWith(`${group} `)));
  });
  expect(missing.map((command) => `${command.parent?.name()} ${command.name()}`)).toEqual([]);
});

describe("examples", () => {
  it("are there for every command that takes an argument or has commands below it", () => {
    const bare = program.commands
      .filter((command) => examplesOf(command).length === 0)
      .map((command) => command.name());
    expect(bare).toEqual(["whoami", "config", "cleanup"]);
  });

  it.each(examples)("%s", (line) => {
    expect(problemsOf(line)).toEqual([]);
  });
});

/** What is wrong with a command line, without running it. */
function problemsOf(line: string): string[] {
  const [sb, ...words] = cutLine(`${line.replace(/ [|<] .*$|^source <\(|\)$/g, "")} `).words;
  let command = program;
  const rest = words.filter((word) => {
    const sub = command.commands.find((candidate) => candidate.name() === word);
    command = sub ?? command;
    return sub === undefined;
  });
  const { operands, unknown } = command.parseOptions(rest);
  const isGlobal = (word: string) => program.options.some(({ long }) => long === word);
  const required = command.registeredArguments.filter((argument) => argument.required);
  return [
    ...(sb === "sb" ? [] : [`begins with ${sb}`]),
    ...unknown.filter((word) => word.startsWith("-") && !isGlobal(word)),
    ...(command.commands.length > 0 ? [`${command.name()} is a group of commands`] : []),
    ...required.slice(operands.length).map((argument) => `${argument.name()} is missing`),
  ];
}
