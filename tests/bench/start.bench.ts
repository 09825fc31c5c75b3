/**
 * From `npm start` to "Switchboard is ready" on an installation that was started before: launcher, api, worker and web
 * as their own processes. There is nothing to compare with but an empty Node process, which is the unit of the machine.
 */
import { join } from "node:path";
import { execa } from "execa";
import { startProduct } from "../e2e/support/product.ts";
import { printHeading, printTable } from "./lib/report.ts";
import { format, median } from "./lib/statistics.ts";
import { withTempFolder } from "./lib/temp-folder.ts";

const STARTS = 3;

await withTempFolder(async (folder) => {
  printHeading("Start to ready, ms", [`${STARTS} starts on the same data, after a first one that makes the database`]);
  const dataDir = join(folder, "data");
  const first = await timeStart(dataDir);
  const warm: number[] = [];
  const empty: number[] = [];
  for (let start = 0; start < STARTS; start += 1) {
    empty.push(await timeEmptyProcess());
    warm.push(await timeStart(dataDir));
  }
  printTable([
    row("first start, database made", [first]),
    ...warm.map((started, index) => row(`warm start ${index + 1}`, [started])),
    row("warm start, median", warm),
  ]);
  const unit = median(empty);
  console.log(`  an empty Node process: ${format(unit)} ms; a warm start takes ${format(median(warm) / unit)} of them`);
});

async function timeStart(dataDir: string): Promise<number> {
  const startedAtMs = performance.now();
  const product = await startProduct({ dataDir });
  const readyMs = performance.now() - startedAtMs;
  await product.stop();
  return readyMs;
}

async function timeEmptyProcess(): Promise<number> {
  const startedAtMs = performance.now();
  await execa(process.execPath, ["-e", "0"]);
  return performance.now() - startedAtMs;
}

function row(name: string, starts: readonly number[]) {
  return { "": name, ready: format(median(starts)) };
}
