import { cp, mkdir, mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const BAILEYS = "node_modules/@whiskeysockets/baileys";

/** The example microservice as somebody installs it outside of this repository. */
export interface InstalledExample extends AsyncDisposable {
  /** Starts it; several may run at the same time. */
  start(env: Readonly<Record<string, string>>): ExampleProcess;
}

/** A running example, and what it says. */
export interface ExampleProcess {
  /** Every line so far. */
  readonly lines: readonly string[];
  /** Resolves with the first line, said already or later, that matches. @throws when it ends before that */
  waitForLine(pattern: RegExp): Promise<string>;
  /** Sends a signal; resolves with the exit code, null after a signal that ended it. */
  stop(signal: "SIGTERM" | "SIGKILL"): Promise<number | null>;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
}

/** Builds the package, and puts it with the example's own files into a new folder. */
export async function installExample(): Promise<InstalledExample> {
  const folder = await mkdtemp(join(tmpdir(), "switchboard-example-"));
  await cp(join(ROOT, "sdk/examples/echo-bot"), folder, { recursive: true });
  await mkdir(join(folder, "node_modules/@whiskeysockets"), { recursive: true });
  await symlink(await realpath(join(ROOT, "sdk/session", BAILEYS)), join(folder, BAILEYS));
  const built = join(folder, "node_modules/@switchboard/sdk");
  await execa(process.execPath, [join(ROOT, "scripts/build-sdk.ts"), built]);
  const running = new Set<ReturnType<typeof spawnExample>>();
  return {
    start: (env) => {
      const child = spawnExample(folder, env);
      running.add(child);
      return followProcess(child);
    },
    [Symbol.asyncDispose]: async () => {
      for (const child of running) child.kill("SIGKILL");
      await Promise.all(running);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The test runner's own packages are no part of the program. */
const spawnExample = (cwd: string, env: Readonly<Record<string, string>>) =>
  execa(process.execPath, ["echo-bot.js"], {
    cwd,
    env: { ...env, NODE_PATH: "" },
    stdin: "ignore",
    all: true,
    buffer: false,
    reject: false,
  });

function followProcess(child: ReturnType<typeof spawnExample>): ExampleProcess {
  const lines: string[] = [];
  const looks = new Set<() => void>();
  const wake = () => {
    for (const look of looks) look();
  };
  let hasEnded = false;
  const read = (async () => {
    for await (const line of child.iterable({ from: "all" })) {
      lines.push(line);
      wake();
    }
  })().catch(() => undefined);
  const ended = Promise.all([child, read]).then(([{ exitCode }]) => {
    hasEnded = true;
    wake();
    return exitCode ?? null;
  });
  return {
    lines,
    ended,
    stop: (signal) => {
      child.kill(signal);
      return ended;
    },
    waitForLine: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const line = lines.find((candidate) => pattern.test(candidate));
          if (line === undefined && !hasEnded) return;
          looks.delete(look);
          if (line === undefined) reject(new Error(`No line matched ${pattern}:\n${lines.join("\n")}`));
          else resolve(line);
        };
        looks.add(look);
        look();
      }),
  };
}
