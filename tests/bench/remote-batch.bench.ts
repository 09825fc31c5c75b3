/**
 * One message's step of a session made durable: three records written by a worker through the record store in this process,
 * and the same as a batch over HTTP by a microservice that holds the bot, plain and sealed. Each waits for its answer before
 * the next. Goal: a batch over HTTP takes at most eight times as long; it adds the request, the token, the fields that
 * make it safe to repeat, and the check of every value.
 */
import { printGoal, printHeading, printTable } from "./lib/report.ts";
import { format, medianRatio, percentile } from "./lib/statistics.ts";
import { withTempFolder } from "./lib/temp-folder.ts";
import { openRemoteBatchBench } from "./measures/remote-batch.ts";

/** The first round warms up and is not counted. */
const ROUNDS = 6;
const BATCHES = 200;
const GOAL = 8;

await withTempFolder(async (folder) => {
  const bench = await openRemoteBatchBench(folder);
  printHeading("A batch of three records, ms", [`${ROUNDS - 1} rounds of ${BATCHES} in turns, after one to warm up`]);
  const timesOf = new Map(bench.writers.map(({ name }) => [name, [] as number[][]]));
  for (let round = 0; round < ROUNDS; round += 1)
    for (const { name, write } of bench.writers) {
      const times = await measure(write);
      if (round > 0) timesOf.get(name)?.push(times);
    }
  await bench.close();
  const all = Array.from(timesOf, ([name, rounds]) => ({ name, rounds, times: rounds.flat() }));
  printTable(
    all.map(({ name, times }) => ({
      "": name,
      p50: format(percentile(times, 0.5)),
      p95: format(percentile(times, 0.95)),
      "a second": format((times.length * 1_000) / sum(times)),
    })),
  );
  const [inProcess, ...remote] = all.map(({ name, rounds }) => ({ name, sums: rounds.map(sum) }));
  for (const { name, sums } of remote) {
    console.log(`  ${name}, to the record store in process:`);
    printGoal(medianRatio(inProcess?.sums ?? [], sums), { atMost: GOAL });
  }
});

async function measure(write: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < BATCHES; index += 1) {
    const startedAtMs = performance.now();
    await write();
    times.push(performance.now() - startedAtMs);
  }
  return times;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
