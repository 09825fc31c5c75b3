import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";

/** One bash that lives as long as a reader's: what a block sets is there for the next. */
export interface Shell {
  /** Runs a block and answers what it printed. @throws when a command fails, with everything it said */
  run(block: string): Promise<string>;
  /** The value a variable has by now; empty for one that is not set. */
  read(variable: string): Promise<string>;
  close(): Promise<void>;
}

/** For the test a refusal must not pass as an answer; readers see it. */
const CURL_SETTINGS = "fail-with-body\nshow-error\n";

/** Starts a bash that stops at the first command that fails, with nothing of this process's environment but the PATH. */
export async function openShell(variables: Readonly<Record<string, string>>): Promise<Shell> {
  const folder = await mkdtemp(join(tmpdir(), "switchboard-docs-"));
  await writeFile(join(folder, ".curlrc"), CURL_SETTINGS);
  const env = { PATH: process.env.PATH ?? "", HOME: folder, CURL_HOME: folder, ...variables };
  const bash = execa("bash", ["-eu", "-o", "pipefail"], { cwd: folder, env, extendEnv: false, reject: false });
  const ends = createInterface(bash.stdout)[Symbol.asyncIterator]();
  let count = 0;
  const run = async (block: string): Promise<string> => {
    const file = join(folder, `block-${++count}`);
    await writeFile(file, block);
    bash.stdin.write(`. ${file} >${file}.out 2>${file}.err </dev/null; echo ended\n`);
    const ended = await ends.next();
    const output = await readFile(`${file}.out`, "utf8");
    if (!ended.done) return output;
    throw new Error(`This failed:\n${block}\n${output}\n${await readFile(`${file}.err`, "utf8")}`);
  };
  return {
    run,
    read: (variable) => run(`printf %s "\${${variable}:-}"`),
    close: async () => {
      bash.stdin.end();
      await bash;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
