import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { CliError, failedError } from "../cli-error.ts";
import { addExamples, type Example } from "../examples.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Terminal } from "../terminal.ts";

/** Runs one script of an installation, whichever Node its owner has. */
const BOOTSTRAP = "scripts/bootstrap.mjs";
const MAINTENANCE = "api/src/maintenance-cli.ts";

/** A command that needs the machine of the installation: its database and its master key, and no api. */
interface MachineCommand {
  /** As the machine's own command line has it, with its arguments. */
  readonly path: readonly string[];
  readonly argument?: string;
  readonly about: string;
  /** As the machine's own command line has them: flags, and what they do. */
  readonly options: readonly (readonly [flags: string, about: string])[];
  readonly examples: readonly Example[];
}

const PLAN = ["--plan", "say what would be done, and do nothing"] as const;

/** The commands of the machine that `sb` passes on. */
export const machineCommands: readonly MachineCommand[] = [
  {
    path: ["backup"],
    argument: "<folder>",
    about: "a consistent copy of the database, also while the product runs",
    options: [["--with-key", "put the master key beside it: who has the folder then has every session"]],
    examples: [["sb backup /backup/2026-11-22", "a folder with the database and a manifest, without the master key"]],
  },
  {
    path: ["restore"],
    argument: "[folder]",
    about: "puts a backup back, and has every bot recover its session",
    options: [
      ["--force", "replace the database that is there; it is kept aside"],
      ["--even-if-running", "do not look whether the product runs"],
      ["--key-file <file>", "the master key of the backup, where this machine has none"],
      ["--in-place", "no folder: the database was put back by other means, and only the recovery is left to do"],
    ],
    examples: [["sb restore /backup/2026-11-22 --force", "the database that is there is kept aside"]],
  },
  {
    path: ["doctor"],
    about: "looks for what is wrong with the installation, and says what to do",
    options: [["--deep", "open every sealed row, not only some of each bot"]],
    examples: [["sb doctor --deep", "opens every sealed row, not only some"]],
  },
  {
    path: ["rotate", "master-key"],
    about: "a new master key: wraps again what the old one wraps",
    options: [PLAN],
    examples: [["sb rotate master-key --plan", "says what would be done, and does nothing"]],
  },
  {
    path: ["rotate", "data-keys"],
    about: "new data keys of the bots: seals their sessions again",
    options: [["--bot <bot>", "of this bot only, by id or name"], PLAN],
    examples: [["sb rotate data-keys --bot reception", "of one bot only"]],
  },
  {
    path: ["audit", "verify"],
    about: "whether the audit is whole and unchanged",
    options: [],
    examples: [["sb audit verify --installation /srv/switchboard", "from anywhere on the machine"]],
  },
];

/** backup, restore, doctor, rotate, audit verify: passed on to the installation's own command line on this machine. */
export function addMaintenanceCommands(program: Command, terminal: Terminal): void {
  for (const command of machineCommands) addMachineCommand(program, terminal, command);
}

type GivenOptions = Readonly<Record<string, string | true>>;

function addMachineCommand(program: Command, terminal: Terminal, machineCommand: MachineCommand): void {
  const { path, argument, about, options, examples } = machineCommand;
  const [first = "", second] = path;
  const parent = second === undefined ? program : groupOf(program, first);
  const command = parent.command([second ?? first, argument ?? ""].join(" ").trim()).description(about);
  for (const [flags, text] of options) command.option(flags, text);
  const ownOptions = [...command.options];
  command
    .option("--installation <folder>", "where Switchboard is installed; the present folder unless given")
    .action(() => {
      const given = command.opts<GivenOptions>();
      const passedOn = ownOptions.flatMap((option) => {
        const value = given[option.attributeName()];
        return value === undefined ? [] : [option.long ?? "", ...(value === true ? [] : [value])];
      });
      const json = program.opts<{ json?: true }>().json === true ? ["--json"] : [];
      const folder = typeof given.installation === "string" ? given.installation : ".";
      return delegate(terminal, folder, [...path, ...command.args, ...passedOn, ...json]);
    });
  addExamples(command, examples);
}

/** The group of this name; made where there is none. */
function groupOf(program: Command, name: string): Command {
  const known = program.commands.find((command) => command.name() === name);
  if (known) return known;
  const group = program.command(name).description("new keys for old ones, on the machine of the installation");
  addExamples(group, [[`sb ${name} data-keys --plan`, "which bots' keys are due"]]);
  return group;
}

/** Runs the installation's own command in the same terminal. @throws CliError when it fails, or is not there */
async function delegate(terminal: Terminal, folder: string, args: readonly string[]): Promise<void> {
  const root = resolve(folder);
  if (!isInstallation(root)) throw notHere(root, args);
  const child = spawn(process.execPath, [join(root, BOOTSTRAP), MAINTENANCE, ...args], {
    cwd: root,
    stdio: "inherit",
    // Paths among the arguments are relative to where the user stands.
    env: { ...terminal.env, INIT_CWD: process.cwd() },
  });
  // The child hears Ctrl-C itself: it has the same terminal.
  const exitCode = await new Promise<number>((settle, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => settle(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
  if (exitCode !== 0) throw new DelegatedFailure(exitCode);
}

/** The child has said what went wrong. */
export class DelegatedFailure extends CliError {
  constructor(exitCode: number) {
    super("failed", exitCode as ExitCode, "");
  }
}

function isInstallation(root: string): boolean {
  if (![BOOTSTRAP, MAINTENANCE].every((file) => existsSync(join(root, file)))) return false;
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    return typeof manifest === "object" && manifest !== null && "name" in manifest && manifest.name === "switchboard";
  } catch {
    return false;
  }
}

const notHere = (root: string, args: readonly string[]): CliError =>
  failedError(
    `${root} is no installation of Switchboard: this command needs the machine that has the database and the master key.`,
    `There, in the folder of the installation: npm run -s maintain -- ${args.join(" ")}. Or name the folder with --installation.`,
  );
