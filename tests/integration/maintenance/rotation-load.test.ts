import { expect, it } from "vitest";
import { rotateUnderLoad } from "./rotation-load.ts";

/** Short by default; CHAOS_SIZE times as much where it is given. */
const FACTOR = Number(process.env.CHAOS_SIZE ?? 1);

it(
  "no read and no commit fails while master key and data keys are rotated, and former keys go",
  async () => {
    const report = await rotateUnderLoad({ rotations: 4 * FACTOR, bots: 2, recordsPerBot: 60 });
    process.stdout.write(`${report.rotations} rotations under ${report.reads} reads and ${report.commits} commits\n`);
    expect(report.failures).toEqual([]);
    expect(report.commits).toBeGreaterThan(10 * FACTOR);
    expect(report.reads).toBeGreaterThan(20 * FACTOR);
    // Those of the last rotation may wait for the holder of their time.
    expect(report.formerKeys).toBeLessThan(5);
  },
  120_000 + 30_000 * FACTOR,
);
