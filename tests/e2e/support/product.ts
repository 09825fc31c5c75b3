import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { findFreePorts } from "../../support/free-ports.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
/** Longer than the launcher's own deadlines together. */
const STOP_DEADLINE_MS = 45_000;
/** What the machine needs; no setting of the person who runs the tests reaches the product under test. */
const MACHINE_VARIABLES = ["PATH", "HOME", "LANG", "TZ", "TMPDIR"];

export type ProcessName = "api" | "worker" | "web";

/** The product as a user runs it: real processes behind `npm start`. */
export type Product = {
  apiUrl: string;
  webUrl: string;
  workerUrl: string;
  dataDir: string;
  /** Every line the launcher and its processes have printed so far. */
  logs: readonly string[];
  /** The process id of the running, or last started, process of that name. */
  pidOf(name: ProcessName): number;
  /** Resolves with the first line, printed already or later, that matches. */
  waitForLine(pattern: RegExp): Promise<string>;
  /**
   * Stops the product as Ctrl-C does.
   * @throws {Error} when the launcher ends with an error, too late, or leaves a process behind.
   */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

export type ProductOptions = {
  /** Settings of the product; they win over the free ports that are chosen otherwise. */
  env?: Record<string, string>;
  /** A folder to keep; without one the product gets a new folder that is removed when it stops. */
  dataDir?: string;
};

/**
 * Starts the product on free ports and waits until the launcher says that it is ready.
 * @throws {Error} with the printed lines when it ends before that.
 */
export async function startProduct(options: ProductOptions = {}): Promise<Product> {
  const settings = { ...(await chooseFreePorts()), ...options.env };
  const folder = await mkdtemp(join(tmpdir(), "switchboard-product-"));
  const dataDir = options.dataDir ?? join(folder, "data");
  const launcher = spawnLauncher({ ...machineVariables(), NO_COLOR: "1", ...settings, DATA_DIR: dataDir });
  const output = collectLines(launcher);
  const product: Product = {
    apiUrl: `http://127.0.0.1:${settings.API_PORT}`,
    webUrl: `http://127.0.0.1:${settings.WEB_PORT}`,
    workerUrl: `http://127.0.0.1:${settings.WORKER_PORT}`,
    dataDir,
    logs: output.lines,
    pidOf: (name) => startedProcesses(output.lines, name).at(-1) ?? 0,
    waitForLine: output.waitForLine,
    stop,
    [Symbol.asyncDispose]: stop,
  };
  await output.waitForLine(/^start +Switchboard is ready/).catch(async (err) => {
    await removeFolder();
    throw err;
  });
  return product;

  async function stop(): Promise<void> {
    launcher.kill("SIGTERM");
    const deadline = setTimeout(() => launcher.kill("SIGKILL"), STOP_DEADLINE_MS);
    const result = await launcher;
    clearTimeout(deadline);
    const left = endProcesses(startedProcesses(output.lines));
    await removeFolder();
    if (result.failed || left.length > 0) {
      const end = result.signal ?? `exit code ${result.exitCode}`;
      throw new Error(
        `Not a clean stop (${end}, processes left: ${left.join(", ") || "none"})\n${output.lines.join("\n")}`,
      );
    }
  }

  function removeFolder(): Promise<void> {
    return rm(folder, { recursive: true, force: true });
  }
}

async function chooseFreePorts() {
  const [api, web, worker] = await findFreePorts(3);
  return { API_PORT: String(api), WEB_PORT: String(web), WORKER_PORT: String(worker) };
}

/** What `npm start` runs. Ends when the test run ends, however that happens. */
function spawnLauncher(env: Record<string, string>) {
  const command = ["--import", join(ROOT, "scripts/exit-with-parent.mjs"), "scripts/bootstrap.mjs", "scripts/start.ts"];
  return execa(process.execPath, command, {
    cwd: ROOT,
    env,
    extendEnv: false,
    stdin: "ignore",
    all: true,
    buffer: false,
    reject: false,
  });
}

function collectLines(launcher: ReturnType<typeof spawnLauncher>) {
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let hasEnded = false;
  const wakeAll = () => {
    for (const wake of waiting) {
      wake();
    }
  };
  void (async () => {
    for await (const line of launcher.iterable({ from: "all" })) {
      lines.push(line);
      wakeAll();
    }
  })()
    .catch(() => undefined)
    .finally(() => {
      hasEnded = true;
      wakeAll();
    });
  return { lines, waitForLine };

  function waitForLine(pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const line = lines.find((candidate) => pattern.test(candidate));
        if (line !== undefined || hasEnded) {
          waiting.delete(look);
          line === undefined ? reject(new Error(`No line matched ${pattern}:\n${lines.join("\n")}`)) : resolve(line);
        }
      };
      waiting.add(look);
      look();
    });
  }
}

function startedProcesses(lines: readonly string[], name = "(?:api|worker|web)"): number[] {
  const pattern = new RegExp(`^start +${name} started \\(process (\\d+)\\)`);
  return lines.flatMap((line) => pattern.exec(line)?.[1] ?? []).map(Number);
}

/** Kills what still runs, so that one failed test does not disturb the next. */
function endProcesses(pids: number[]): number[] {
  return pids.filter((pid) => {
    try {
      return process.kill(pid, "SIGKILL");
    } catch {
      return false;
    }
  });
}

function machineVariables(): Record<string, string> {
  const variables = MACHINE_VARIABLES.map((name) => [name, process.env[name]] as const);
  return Object.fromEntries(variables.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
