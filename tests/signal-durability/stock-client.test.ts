import "../../worker/src/whatsapp/repairs/install.ts";
import { describe, expect, it } from "vitest";
import { openStock } from "./clients.ts";
import { readFigureSize, runTimeoutMs } from "./figure-size.ts";
import { runMachine } from "./machine.ts";

const { steps } = readFigureSize();

/** A run shows the fault about every second time; so many fail to show it only when the machine is blind. */
const RUNS_MAX = 40;
const STOCK_SEEDS_FROM = 200_000;

/** Runs until a message key was used twice or a contact could not read a message; how many of these a run had. */
async function faultsOfStockClient(withKills: boolean): Promise<number> {
  for (let run = 0; run < RUNS_MAX; run += 1) {
    const seed = STOCK_SEEDS_FROM + run + (withKills ? RUNS_MAX : 0);
    const { violations } = await runMachine({ seed, steps, openClient: openStock, withKills });
    const faults = violations.reusedCounters.length + violations.contactFailures.length;
    if (faults > 0) return faults;
  }
  return 0;
}

describe.concurrent("the machine against Baileys as it comes", () => {
  const timeout = runTimeoutMs(steps) * RUNS_MAX;

  it("finds re-used message keys or unreadable messages without any kill", { timeout }, async () => {
    expect(await faultsOfStockClient(false)).toBeGreaterThan(0);
  });

  it("finds them with kills", { timeout }, async () => {
    expect(await faultsOfStockClient(true)).toBeGreaterThan(0);
  });
});
