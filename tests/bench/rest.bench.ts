/**
 * Requests a second that our whole app answers, beside a bare Hono route that calls the same verbs: the session of a
 * bot (a disclosure, audited, with a new token) and a change of its call blocking. Goal: at least 0.7 times the bare
 * route. Then the same with 10 to 10,000 bots in the database, and the list of bots.
 */

import { measureLoad } from "./lib/http-load.ts";
import { printGoal, printHeading, printTable } from "./lib/report.ts";
import { format, median, medianRatio } from "./lib/statistics.ts";
import { withTempFolder } from "./lib/temp-folder.ts";
import { openRestBench, type RestBench } from "./measures/rest.ts";

const ROUNDS = 8;
const CONNECTIONS = 8;
const BOT_COUNTS = [10, 100, 1_000, 10_000];

await withTempFolder(async (folder) => {
  const bench = await openRestBench(folder);
  printHeading("REST, requests a second", [
    `${ROUNDS - 1} rounds over ${CONNECTIONS} connections, in turns, after one to warm up`,
  ]);
  for (const call of bench.calls) await compare(bench, call);
  printHeading("REST with a growing number of bots, requests a second of our app");
  const rows = [];
  for (const count of BOT_COUNTS) {
    await bench.growTo(count);
    const cells: Record<string, string | number> = { bots: count };
    for (const call of [...bench.calls, bench.list]) {
      const rates: number[] = [];
      for (let round = 0; round < 3; round += 1) rates.push(await measure(bench.ours, call));
      cells[call.name] = format(median(rates.slice(1)));
    }
    rows.push(cells);
  }
  printTable(rows);
  await bench.close();
});

async function compare(bench: RestBench, call: RestBench["calls"][number]): Promise<void> {
  const rates: Record<"bare" | "ours", number[]> = { bare: [], ours: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    const bare = await measure(bench.bare, call);
    const ours = await measure(bench.ours, call);
    if (round === 0) continue;
    rates.bare.push(bare);
    rates.ours.push(ours);
  }
  printTable([{ "": call.name, bare: format(median(rates.bare)), ours: format(median(rates.ours)) }]);
  printGoal(medianRatio(rates.bare, rates.ours), { atLeast: 0.7 });
}

function measure(origin: string, call: RestBench["list"]): Promise<number> {
  return measureLoad({ ...call, url: origin + call.path, connections: CONNECTIONS });
}
