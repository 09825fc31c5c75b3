import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createMachine as createRun } from "../../../api/src/maintenance/machine.ts";
import { createOutput } from "../../../api/src/maintenance/output.ts";
import { createMaintenanceProgram } from "../../../api/src/maintenance/program.ts";
import { machineCommands } from "../../../sdk/client/src/cli/commands/maintenance.ts";
import { runCli } from "../../../sdk/client/src/cli/run-cli.ts";
import { createMachine, type TestMachine } from "./support.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
let machine: TestMachine;
beforeAll(async () => {
  machine = await createMachine();
});
afterAll(() => machine.dispose());

const leavesOf = (command: Command, path: readonly string[] = []): (readonly [string, Command])[] =>
  command.commands.flatMap((sub) => {
    const own = [...path, sub.name()];
    return sub.commands.length > 0 ? leavesOf(sub, own) : [[own.join(" "), sub] as const];
  });

function program(): Command {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const terminal = { ...streams, env: machine.env, folder: machine.dataDir, interrupted: new AbortController().signal };
  return createMaintenanceProgram(createRun(terminal, createOutput(terminal, false)), terminal);
}

it("has the same commands, arguments and options as sb passes on", () => {
  const own = leavesOf(program()).map(([path, command]) => ({
    path,
    argument: command.registeredArguments
      .map((each) => (each.required ? `<${each.name()}>` : `[${each.name()}]`))
      .join(),
    options: command.options.map(({ flags }) => flags).sort(),
  }));
  const passedOn = machineCommands.map(({ path, argument = "", options }) => ({
    path: path.join(" "),
    argument,
    options: options.map(([flags]) => flags).sort(),
  }));
  const byPath = (one: { path: string }, other: { path: string }) => one.path.localeCompare(other.path);
  expect(own.sort(byPath)).toEqual(passedOn.sort(byPath));
});

it("says of each command and option what it does", () => {
  for (const [path, command] of leavesOf(program())) {
    expect(command.description(), path).not.toBe("");
    for (const option of command.options) expect(option.description, `${path} ${option.flags}`).not.toBe("");
  }
});

it("tells mistakes in a sentence, with exit code 2; failures with 1; help with 0", async () => {
  expect(await machine.maintain()).toMatchObject({ exitCode: 2 });
  expect(await machine.maintain("backup")).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/Missing required argument/),
  });
  expect(await machine.maintain("rotate", "keys")).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/Unknown command 'keys'/),
  });
  expect(await machine.maintain("--help")).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/rotate/) });
  expect(await machine.maintain("restore", "nothing-there")).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/is no backup/),
  });
  const { stdout } = await machine.maintain("restore", "nothing-there", "--json");
  expect(JSON.parse(stdout)).toMatchObject({
    error: { code: "no-backup", message: expect.stringMatching(/is no backup/) },
  });
});

it("is what sb runs in the folder of an installation; elsewhere sb says where to run it", async () => {
  const elsewhere = await mkdtemp(join(tmpdir(), "switchboard-elsewhere-"));
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const streams = { stdin: new PassThrough(), stdout, stderr };
  const env = { ...machine.env, PATH: process.env.PATH };
  const sb = (...args: string[]) => runCli(args, { ...streams, env, interrupted: new AbortController().signal });
  expect(await sb("doctor", "--installation", elsewhere)).toBe(1);
  expect(String(stderr.read())).toMatch(/is no installation of Switchboard[\s\S]*npm run -s maintain -- doctor/);
  // The child writes to this process's own output: what counts is that it ran, and how it ended.
  expect(await sb("rotate", "data-keys", "--bot", "nobody", "--installation", ROOT)).toBe(1);
  expect(await sb("rotate", "data-keys", "--plan", "--json", "--installation", ROOT)).toBe(0);
  await rm(elsewhere, { recursive: true });
});
