import { mkdtemp, readdir, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { findFreePorts } from "../../support/free-ports.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
/** Longer than the launcher's own deadlines together. */
const STOP_DEADLINE_MS = 45_000;

/** What `npm run demo` has printed of where to look and how to get in. */
export interface Demo extends AsyncDisposable {
  readonly webUrl: string;
  readonly controlUrl: string;
  readonly login: { readonly email: string; readonly password: string };
  /** Every line so far. */
  readonly lines: readonly string[];
  /** Presses Ctrl-C, and tells the exit code and what is left: processes by number, ports that answer, files. */
  interrupt(): Promise<{ exitCode: number | undefined; left: readonly string[] }>;
}

/** Starts a demo on free ports and waits until it says how to stop it. @throws with its lines when it ends before */
export async function startDemo(): Promise<Demo> {
  const ports = await findFreePorts(4);
  const [API_PORT, WEB_PORT, WORKER_PORT, SIMULATOR_CONTROL_PORT] = ports.map(String);
  const folder = await mkdtemp(join(tmpdir(), "demo-"));
  const { PATH, HOME } = process.env;
  const demo = execa(
    process.execPath,
    ["--import", "./scripts/exit-with-parent.mjs", "scripts/bootstrap.mjs", "scripts/demo.ts"],
    {
      cwd: ROOT,
      env: { PATH, HOME, TMPDIR: folder, NO_COLOR: "1", API_PORT, WEB_PORT, WORKER_PORT, SIMULATOR_CONTROL_PORT },
      extendEnv: false,
      stdin: "ignore",
      all: true,
      buffer: false,
      reject: false,
    },
  );
  const lines: string[] = [];
  await readUntil(demo.iterable({ from: "all" }), lines, "Stop with Ctrl-C").catch(async (err) => {
    demo.kill();
    await rm(folder, { recursive: true, force: true });
    throw err;
  });
  const tell = (name: string) => new RegExp(`^start +${name} +(.+)$`, "m").exec(lines.join("\n"))?.[1] ?? "";
  const [email, password] = [tell("Login"), tell("Password")];
  const interrupt = async () => {
    demo.kill("SIGINT");
    const deadline = setTimeout(() => demo.kill("SIGKILL"), STOP_DEADLINE_MS);
    const { exitCode } = await demo;
    clearTimeout(deadline);
    const files = (await readdir(folder)).filter((file) => file.startsWith("switchboard-"));
    return {
      exitCode,
      left: [...livingProcesses(lines), ...(await openPorts(ports)), ...files.map((file) => `file ${file}`)],
    };
  };
  return {
    webUrl: tell("Dashboard"),
    controlUrl: tell("Callers"),
    login: { email, password },
    lines,
    interrupt,
    [Symbol.asyncDispose]: async () => {
      await interrupt();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Goes on reading after the wanted line, so that the demo never waits for its reader. */
function readUntil(printed: AsyncIterable<string>, lines: string[], wanted: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  void (async () => {
    for await (const line of printed) {
      lines.push(line);
      if (line.includes(wanted)) resolve();
    }
    reject(new Error(`The demo ended before it said "${wanted}":\n${lines.join("\n")}`));
  })().catch(reject);
  return promise;
}

function livingProcesses(lines: readonly string[]): string[] {
  const started = lines.flatMap((line) => / started \(process (\d+)\)/.exec(line)?.[1] ?? []);
  return started.filter(isAlive).map((pid) => `process ${pid}`);
}

function isAlive(pid: string): boolean {
  try {
    return process.kill(Number(pid), 0);
  } catch {
    return false;
  }
}

async function openPorts(ports: readonly number[]): Promise<string[]> {
  const answers = await Promise.all(ports.map((port) => isAnswered(port)));
  return ports.filter((_port, index) => answers[index]).map((port) => `port ${port}`);
}

function isAnswered(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(socket.destroy() !== null));
    socket.once("error", () => resolve(false));
  });
}
