import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { formatSeconds, prefixLines, say } from "./output.ts";
import { waitUntilReady } from "./readiness.ts";
import { StartError } from "./start-error.ts";

/** The pause before a crashed process starts again doubles from the first to the longest. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** A process that ran this long was well: its next crash starts again with the first pause. */
const WELL_AFTER_MS = 60_000;
/** Spread, so that several machines do not come back to one database in the same moment. */
const PAUSE_SPREAD = 0.2;
/** For `node --import`. */
export const EXIT_WITH_PARENT = new URL("../exit-with-parent.mjs", import.meta.url).href;

/** One process of the product, or the simulator that a demo of it talks to. */
export type ProcessDefinition = {
  name: "api" | "worker" | "web" | "simulator";
  /** Arguments of Node: flags, the script, its arguments. */
  command: string[];
  /** Absolute path of the working directory. */
  folder: string;
  environment: Record<string, string>;
  readyUrl: string;
};

/** A process that is kept running until it is stopped. */
export type SupervisedProcess = {
  name: string;
  /** Resolves at the first good answer of the ready address; rejects when the process ends before that. */
  firstReady: Promise<void>;
  /** Ends the process: SIGTERM, then SIGKILL after the deadline. Resolves when nothing of it is left. */
  stop(deadlineMs: number): Promise<void>;
};

type Child = ReturnType<typeof startChild>;

/**
 * Starts the process and starts it again when it crashes, after a pause that grows. A process that ends before it was
 * ready once is not started again: its settings or the machine are wrong, and its own lines say what.
 */
export function superviseProcess(definition: ProcessDefinition): SupervisedProcess {
  const stopping = new AbortController();
  let child = startChild(definition);
  const firstReady = waitForFirstReady(definition, child, stopping.signal);
  const finished = keepRunning().catch(() => undefined);
  return { name: definition.name, firstReady, stop };

  async function keepRunning(): Promise<void> {
    await firstReady;
    let pauseMs = FIRST_PAUSE_MS;
    while (!stopping.signal.aborted) {
      const startedMs = performance.now();
      const end = describeEnd(await child);
      stopping.signal.throwIfAborted();
      pauseMs = performance.now() - startedMs > WELL_AFTER_MS ? FIRST_PAUSE_MS : pauseMs;
      const spreadPauseMs = pauseMs * (1 + PAUSE_SPREAD * (Math.random() - 0.5));
      say(`${definition.name} ended (${end}); it starts again in ${formatSeconds(spreadPauseMs)}`);
      await delay(spreadPauseMs, undefined, { signal: stopping.signal });
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      child = startChild(definition);
    }
  }

  async function stop(deadlineMs: number): Promise<void> {
    stopping.abort();
    await endChild(child, definition.name, deadlineMs);
    await finished;
  }
}

function startChild({ name, command, folder, environment }: ProcessDefinition) {
  const lines = prefixLines(name);
  const child = execa(process.execPath, ["--import", EXIT_WITH_PARENT, ...command], {
    cwd: folder,
    env: environment,
    extendEnv: false,
    stdin: "ignore",
    stdout: [lines, "inherit"],
    stderr: [lines, "inherit"],
    buffer: false,
    reject: false,
    // Its own process group: Ctrl-C in a terminal reaches the launcher alone, which then stops all in order.
    detached: true,
    cleanup: false,
  });
  say(`${name} started (process ${child.pid ?? "unknown"})`);
  return child;
}

async function waitForFirstReady({ name, readyUrl }: ProcessDefinition, child: Child, stopping: AbortSignal) {
  const startedMs = performance.now();
  const ended = new AbortController();
  const endedFirst = child.then((result) => {
    ended.abort();
    throw new StartError(`${name} ended before it was ready (${describeEnd(result)}). Its lines above say why.`);
  });
  await Promise.race([endedFirst, waitUntilReady(readyUrl, AbortSignal.any([stopping, ended.signal]))]);
  say(`${name} is ready after ${formatSeconds(performance.now() - startedMs)}`);
}

async function endChild(child: Child, name: string, deadlineMs: number): Promise<void> {
  child.kill("SIGTERM");
  const deadline = new AbortController();
  const overrun = delay(deadlineMs, "overrun" as const, { signal: deadline.signal }).catch(() => "ended" as const);
  if ((await Promise.race([child, overrun])) === "overrun") {
    say(`${name} did not stop within ${formatSeconds(deadlineMs)} and is killed`);
  }
  deadline.abort();
  killGroup(child.pid);
  await child;
}

/** Also what the process itself started and left. */
function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) {
      process.kill(-pid, "SIGKILL");
    }
  } catch (err) {
    if (!(err instanceof Error && "code" in err && err.code === "ESRCH")) {
      throw err;
    }
  }
}

function describeEnd(result: Awaited<Child>): string {
  return result.signal === undefined ? `exit code ${result.exitCode ?? "unknown"}` : `signal ${result.signal}`;
}
