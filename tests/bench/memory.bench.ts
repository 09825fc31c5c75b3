/**
 * Memory of each further connected bot in one process: our worker against bare Baileys sockets with their keys in memory.
 * Each side is started with few and with many bots; the difference belongs to the bots. Goal: at most 1.15 times bare.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { BotId } from "@switchboard/db/schema";
import { type Simulator, startSimulator } from "../simulator/index.ts";
import { openBenchInstallation } from "./lib/installation.ts";
import { type LinkedAccount, linkAccount } from "./lib/linked-accounts.ts";
import { type Program, startProgram } from "./lib/program.ts";
import { printGoal, printHeading, printTable } from "./lib/report.ts";
import { format, median } from "./lib/statistics.ts";
import { withTempFolder } from "./lib/temp-folder.ts";
import { startWorkerProgram } from "./lib/worker-program.ts";

const SEED = 4;
const FEW = 2;
const MANY = 20;
const CONTACTS = 5;
const ROUNDS = 2;
const LINKED_AT_ONCE = 4;
/** What a login leaves to be done, and what is only garbage afterwards, is over by then. */
const REST_MS = 3_000;
const NODE_FLAGS = ["--expose-gc", "--import", new URL("lib/memory-probe.mjs", import.meta.url).href];

interface Memory {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
}

await withTempFolder(async (folder) => {
  printHeading("Memory of each further connected bot, KB", [
    `seed ${SEED}; ${FEW} and ${MANY} bots with ${CONTACTS} contacts each, ${ROUNDS} rounds in turns, after a forced collection, ${REST_MS} ms after the last login`,
  ]);
  const simulator = await startSimulator({ randomSeed: SEED });
  const accounts = await linkMany(simulator);
  const files = await Promise.all(accounts.map((account, index) => save(join(folder, `bare-${index}.json`), account)));
  const installation = await openBenchInstallation(folder);
  const botIds: BotId[] = [];
  for (const [index, account] of accounts.entries())
    botIds.push(await installation.addLinkedBot(`bot ${index}`, account));

  const startBare = (count: number) => {
    const args = [simulator.url, ...files.slice(0, count)];
    return Promise.resolve(startProgram({ script: "tests/bench/lib/bare-bots.ts", args, nodeFlags: NODE_FLAGS }));
  };
  const startOurs = async (count: number) => {
    await installation.runOnly(botIds.slice(0, count));
    return startWorkerProgram(join(folder, "data"), simulator, NODE_FLAGS);
  };
  const found = { bare: newFound(), ours: newFound() };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [side, start] of [
      [found.bare, startBare],
      [found.ours, startOurs],
    ] as const) {
      side.few.push(await measure(await start(FEW), accounts.slice(0, FEW)));
      side.many.push(await measure(await start(MANY), accounts));
    }
  }
  await installation.close();
  await simulator.stop();
  const [bare, ours] = [perBot(found.bare), perBot(found.ours)];
  printTable([row("bare Baileys", bare, found.bare), row("our worker", ours, found.ours)]);
  console.log("  resident set:");
  printGoal(ours.rss / bare.rss, { atMost: 1.15 });
  console.log("  heap and external:");
  printGoal((ours.heapUsed + ours.external) / (bare.heapUsed + bare.external), { atMost: 1.15 });
});

function newFound(): { few: Memory[]; many: Memory[] } {
  return { few: [], many: [] };
}

async function linkMany(simulator: Simulator): Promise<LinkedAccount[]> {
  const accounts: LinkedAccount[] = [];
  const numbers = Array.from({ length: MANY }, (_, index) => String(4_915_100_000_001 + index)).values();
  const linkSome = async () => {
    for (const number of numbers) {
      // Own contacts for each: clients of one process that share contacts wait for each other in libsignal's queues.
      const contacts = Array.from({ length: CONTACTS }, () => simulator.createContact({}));
      accounts.push(await linkAccount(simulator, number, contacts));
    }
  };
  await Promise.all(Array.from({ length: LINKED_AT_ONCE }, linkSome));
  return accounts;
}

async function save(file: string, { saved }: LinkedAccount): Promise<string> {
  await writeFile(file, saved, { mode: 0o600 });
  return file;
}

/** Waits until the program's bots are online and at rest, reads its memory, and stops it. */
async function measure(program: Program, accounts: readonly LinkedAccount[]): Promise<Memory> {
  await Promise.all(accounts.map(({ phone, device }) => phone.waitOnline(device, 60_000)));
  await pause(REST_MS);
  program.signal("SIGUSR2");
  const line = await program.waitForLine((text) => text.startsWith('{"event":"memory"'));
  await program.stop();
  return JSON.parse(line);
}

function perBot({ few, many }: { few: Memory[]; many: Memory[] }): Memory {
  const each = (read: (memory: Memory) => number) => (median(many.map(read)) - median(few.map(read))) / (MANY - FEW);
  return {
    rss: each(({ rss }) => rss),
    heapUsed: each((memory) => memory.heapUsed),
    external: each((memory) => memory.external),
  };
}

function row(name: string, bot: Memory, { few }: { few: Memory[] }) {
  const kilobytes = (value: number) => format(value / 1024);
  return {
    "each bot": name,
    rss: kilobytes(bot.rss),
    heap: kilobytes(bot.heapUsed),
    external: kilobytes(bot.external),
    [`process with ${FEW}: rss, MB`]: format(median(few.map(({ rss }) => rss)) / 1024 ** 2),
    "heap, MB": format(median(few.map(({ heapUsed }) => heapUsed)) / 1024 ** 2),
    "external, MB": format(median(few.map(({ external }) => external)) / 1024 ** 2),
  };
}
