import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeRandom, type Random } from "../signal-durability/random.ts";
import type { Acknowledged, HolderOrder } from "./chain.ts";

const PROGRAM = fileURLToPath(new URL("children/holder.ts", import.meta.url));
/** A holder that was stopped inside a write keeps the database's lock: it goes on after this long without any progress. */
const STUCK_MS = 400;

/** Of the holders that are disturbed; the others are stopped, which costs no start of a process. */
const KILLED_PART = 0.4;

/** How long a history is and how it is disturbed. */
export interface NemesisPlan {
  readonly seed: number;
  readonly holders: number;
  /** Acknowledged numbers, all holders together. */
  readonly acknowledgedMin: number;
  /** Numbers between two disturbances. */
  readonly pace: number;
}

/** What was done to the holders, and what they were told. */
export interface ChaosHistory {
  readonly acknowledged: readonly (readonly Acknowledged[])[];
  readonly kills: number;
  readonly stops: number;
  /** Writes that were refused because somebody else held the bot by then. */
  readonly refused: number;
}

interface Holder {
  child: ChildProcess;
  isStopped: boolean;
  readonly logFile: string;
}

/**
 * Lets holders fight for one bot, kills and stops them by the plan's seed, and answers what each was told.
 * @throws Error when a holder meets an error that is no refusal
 */
export async function runChaos(
  order: Omit<HolderOrder, "logFile">,
  folder: string,
  plan: NemesisPlan,
): Promise<ChaosHistory> {
  const progress = new Progress();
  const start = (logFile: string): ChildProcess => {
    const child = fork(PROGRAM, [JSON.stringify({ ...order, logFile } satisfies HolderOrder)], { execArgv: [] });
    child.on("message", (message) => progress.note(message));
    return child;
  };
  const holders = Array.from({ length: plan.holders }, (_, index): Holder => {
    const logFile = join(folder, `holder-${index}.log`);
    return { child: start(logFile), isStopped: false, logFile };
  });
  const done = { kills: 0, stops: 0 };
  const random = makeRandom(plan.seed);
  try {
    for (let target = plan.pace; target < plan.acknowledgedMin; target += plan.pace) {
      await reach(progress, target, holders);
      await disturb(holders, random, start, done);
    }
    await reach(progress, plan.acknowledgedMin, holders);
  } finally {
    await Promise.all(holders.map(({ child }) => killHolder(child)));
  }
  return { acknowledged: holders.map(({ logFile }) => readLog(logFile)), ...done, refused: progress.refused };
}

async function disturb(
  holders: readonly Holder[],
  random: Random,
  start: (logFile: string) => ChildProcess,
  done: { kills: number; stops: number },
): Promise<void> {
  const holder = holders[random.below(holders.length)];
  if (!holder) return;
  if (holder.isStopped) return resume(holder);
  if (random.chance(KILLED_PART)) {
    await killHolder(holder.child);
    holder.child = start(holder.logFile);
    done.kills += 1;
    return;
  }
  holder.child.kill("SIGSTOP");
  holder.isStopped = true;
  done.stops += 1;
}

function resume(holder: Holder): void {
  holder.child.kill("SIGCONT");
  holder.isStopped = false;
}

async function killHolder(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

/** Resolves at so many acknowledged numbers; lets stopped holders go on when nothing moves without them. */
async function reach(progress: Progress, target: number, holders: readonly Holder[]): Promise<void> {
  while (progress.acknowledged < target) {
    if (progress.failures.length > 0) throw new Error(`a holder ${progress.failures[0]}`);
    if (await progress.moved(STUCK_MS)) continue;
    for (const holder of holders) if (holder.isStopped) resume(holder);
  }
}

class Progress {
  acknowledged = 0;
  refused = 0;
  readonly failures: string[] = [];
  #news = Promise.withResolvers<true>();

  note(message: unknown): void {
    if (typeof message === "number") this.acknowledged += 1;
    else if (message === "refused") this.refused += 1;
    else if (message !== "ready") this.failures.push(String(message));
    this.#news.resolve(true);
    this.#news = Promise.withResolvers();
  }

  /** false: nothing was told for that long. */
  async moved(limitMs: number): Promise<boolean> {
    const limit = Promise.withResolvers<false>();
    const timer = setTimeout(() => limit.resolve(false), limitMs);
    return Promise.race([this.#news.promise, limit.promise]).finally(() => clearTimeout(timer));
  }
}

/** The last line may be cut off by a kill: what was not written whole was not noted. */
function readLog(file: string): Acknowledged[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => {
    const [epoch, counter] = line.split(" ").map(Number);
    return { epoch: epoch ?? Number.NaN, counter: counter ?? Number.NaN };
  });
}
