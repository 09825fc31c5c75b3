import { chmod, mkdir, open, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { failedError, usageError } from "../cli-error.ts";
import { addExamples } from "../examples.ts";
import { findBot } from "../find-bot.ts";
import { addConfirmOption, confirmed, type PasswordOptions } from "../passwords.ts";
import { ask } from "../prompt.ts";
import type { Session } from "../session.ts";
import type { Start } from "../start.ts";

interface ImportOptions extends PasswordOptions {
  readonly force?: true;
}

interface ExportOptions extends PasswordOptions {
  readonly confirm?: string;
}

/** session import, export: the files of Baileys' `useMultiFileAuthState`. */
export function addSessionFilesCommands(program: Command, start: Start): void {
  const session = program.command("session").description("a bot's session as the files in which Baileys keeps it");
  addConfirmOption(session.command("import <bot> <directory>"))
    .description("give a stopped bot the session in a directory of useMultiFileAuthState")
    .option("--force", "replace the bot's session; and for a directory that is an old copy")
    .action((bot: string, directory: string, options: ImportOptions) =>
      start((given) => bringIn(given, bot, directory, options)),
    );
  addConfirmOption(session.command("export <bot> <directory>"))
    .description("write a bot's session into an empty directory that only you can read")
    .option("--confirm <name>", "the bot's name once more, instead of being asked for it")
    .action((bot: string, directory: string, options: ExportOptions) =>
      start((given) => takeOut(given, bot, directory, options)),
    );
  addExamples(session, [
    ["sb session import reception ./auth_info_baileys", "end the program that used the directory first"],
    [
      "sb session export reception ./reception-session",
      "stop the bot first, if you are going to connect with the files",
    ],
  ]);
}

/** Files beside the session that systems put into every directory. */
const NOT_OF_THE_SESSION = new Set([".DS_Store", "Thumbs.db", "desktop.ini"]);

async function bringIn(session: Session, idOrName: string, directory: string, options: ImportOptions): Promise<void> {
  const files = await readFiles(session, directory);
  const client = session.client();
  const bot = await findBot(client, idOrName);
  const count = Object.keys(files).length;
  const activity = session.output.activity(`${bot.name}: bringing in ${count} files`);
  const force = options.force === true;
  const call = () => client.sessions.import.mutate({ botId: bot.id, files, force });
  const imported = await confirmed(session, options, call).finally(() => activity.stop());
  session.output.result(imported, (output) => {
    const { phoneNumber, keys, replaced } = imported;
    output.line(
      `${bot.name} is +${phoneNumber ?? "?"} now, with ${keys} keys${replaced ? "; its session before is gone" : ""}.`,
    );
    output.line("Nothing else may connect with these files any more. Start it with `sb bots start`.");
  });
}

async function takeOut(session: Session, idOrName: string, directory: string, options: ExportOptions): Promise<void> {
  await requireEmpty(directory);
  const client = session.client();
  const bot = await findBot(client, idOrName);
  const question = `This writes ${bot.name}'s whole session to the disk. Type its name to go on: `;
  const confirm = options.confirm ?? (await ask(session.terminal, question, "--confirm"));
  if (confirm !== bot.name) throw usageError(`The bot is named "${bot.name}", not "${confirm}". Nothing was written.`);
  const exported = await confirmed(session, options, () => client.sessions.export.mutate({ botId: bot.id, confirm }));
  const { files, notice, ...rest } = exported;
  const names = Object.keys(files);
  await writeFiles(session, directory, files);
  session.output.result({ ...rest, directory, files: names, notice }, (output) => {
    output.line(`${names.length} files are in ${directory}.`);
    output.line(notice);
  });
}

/** @throws CliError usage, naming the directory or the file */
async function readFiles(session: Session, directory: string): Promise<Record<string, unknown>> {
  const names = await readdir(directory).catch((err: unknown) => {
    throw usageError(`The directory ${directory} cannot be read (${reasonOf(err)}).`);
  });
  const activity = session.output.activity(`reading ${directory}`);
  try {
    const files: [string, unknown][] = [];
    for (const name of names.filter((one) => !NOT_OF_THE_SESSION.has(one))) {
      files.push([name, await readJson(join(directory, name))]);
      activity.say(`reading ${directory}: ${files.length} of ${names.length} files`);
    }
    if (files.length === 0) throw usageError(`There are no files in ${directory}.`);
    return Object.fromEntries(files);
  } finally {
    activity.stop();
  }
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, "utf8").catch((err: unknown) => {
    throw usageError(`${path} cannot be read (${reasonOf(err)}).`);
  });
  try {
    return JSON.parse(text);
  } catch {
    throw usageError(`${path} is not JSON: it is damaged, or no file of Baileys.`, "Nothing was sent.");
  }
}

/** @throws CliError usage where files would get among others */
async function requireEmpty(directory: string): Promise<void> {
  const found = await stat(directory).catch(() => null);
  if (found === null) return;
  if (!found.isDirectory()) throw usageError(`${directory} is no directory.`);
  if ((await readdir(directory)).length > 0)
    throw usageError(`The directory ${directory} is not empty.`, "Name one that is, or that does not exist yet.");
}

/** Writes each file as Baileys writes it, for its owner alone. */
async function writeFiles(
  session: Session,
  directory: string,
  files: Readonly<Record<string, unknown>>,
): Promise<void> {
  const activity = session.output.activity(`writing ${directory}`);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await chmod(directory, 0o700);
    for (const [name, value] of Object.entries(files)) await writeJson(directory, name, value);
  } finally {
    activity.stop();
  }
}

async function writeJson(directory: string, name: string, value: unknown): Promise<void> {
  // Names come from the api; none of a session has a slash.
  if (!/^[\w@.=+-]+\.json$/.test(name)) throw failedError(`The api answered with a file named "${name}".`);
  const path = join(directory, name);
  const handle = await open(path, "wx", 0o600).catch((err: unknown) => {
    throw failedError(`${path} cannot be written (${reasonOf(err)}).`, "Remove what was written before you try again.");
  });
  try {
    await handle.writeFile(JSON.stringify(value));
  } finally {
    await handle.close();
  }
}

const reasonOf = (err: unknown): string =>
  err instanceof Error && "code" in err ? String(err.code) : "unknown reason";
