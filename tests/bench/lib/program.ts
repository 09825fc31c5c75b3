import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { execa } from "execa";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const EXIT_WITH_PARENT = new URL("../../../scripts/exit-with-parent.mjs", import.meta.url).href;
const STOP_DEADLINE_MS = 20_000;
const LINE_DEADLINE_MS = 60_000;

/** A child process under measurement, with what it prints. */
export interface Program {
  readonly pid: number;
  /** Resolves with the first line not yet passed over that matches. @throws when the process ends or a minute passes */
  waitForLine(matches: (line: string) => boolean): Promise<string>;
  signal(name: NodeJS.Signals): void;
  /** SIGTERM, then SIGKILL when it takes too long. */
  stop(): Promise<void>;
}

/** How a program is started. Of the environment it gets PATH and what is given here. */
export interface ProgramOptions {
  /** Path below the repository's root. */
  readonly script: string;
  readonly args?: readonly string[];
  readonly nodeFlags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a Node program that ends with this process, too. */
export function startProgram({ script, args = [], nodeFlags = [], env = {} }: ProgramOptions): Program {
  const command = ["--import", EXIT_WITH_PARENT, ...nodeFlags, script, ...args];
  const child = execa(process.execPath, command, {
    cwd: ROOT,
    env: { PATH: process.env.PATH ?? "", ...env },
    extendEnv: false,
    stdin: "ignore",
    buffer: false,
    reject: false,
    all: true,
    forceKillAfterDelay: STOP_DEADLINE_MS,
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const look of [...waiting]) look();
  };
  let hasEnded = false;
  createInterface({ input: child.all }).on("line", (line) => {
    lines.push(line);
    wake();
  });
  void child.finally(() => {
    hasEnded = true;
    wake();
  });
  let passed = 0;
  const waitForLine = async (matches: (line: string) => boolean) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const fail = (why: string) => reject(new Error(`${script} ${why}\n${lines.slice(-20).join("\n")}`));
    const look = () => {
      const index = lines.findIndex((line, at) => at >= passed && matches(line));
      if (index < 0) return hasEnded ? fail("ended") : undefined;
      passed = index + 1;
      resolve(lines[index] ?? "");
    };
    waiting.add(look);
    const timer = setTimeout(() => fail("did not print what was waited for"), LINE_DEADLINE_MS);
    look();
    return promise.finally(() => {
      waiting.delete(look);
      clearTimeout(timer);
    });
  };
  return {
    pid: child.pid ?? 0,
    waitForLine,
    signal: (name) => void child.kill(name),
    stop: async () => {
      child.kill("SIGTERM");
      await child;
    },
  };
}
