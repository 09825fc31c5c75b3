// The package comes before Baileys: imports run in their order here.
import "../../sdk/session/src/index.ts";
import { LOCK_DELAY_MS } from "@switchboard/db/queries/custody";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { workerTimings } from "../../worker/src/timings.ts";
import { SdkWorld } from "../integration/sdk/support/sdk-world.ts";
import type { TestBot } from "../integration/worker/support/test-bot.ts";
import { makeRandom } from "../signal-durability/random.ts";
import { Graveyard, type HandOverReport, HandOverRounds } from "./hand-over-rounds.ts";
import { readChaosSize } from "./size.ts";

const { seed, factor, timeoutMs } = readChaosSize();
/** The long form waits for dead holders' leases, and looks at times. */
const isTimed = factor > 1;
const EACH = 2 * factor;
const BOTS = isTimed ? 6 : 1;
/** Where it is not waited for, nobody loses a lease only because the machine is slow. */
const TTL_SECONDS = isTimed ? 15 : 120;
const CLEAN_MS_MAX = 2_000;
/** The others are the machine's, which does the work of all holders, of the service and of WhatsApp. */
const SHARE_IN_TIME = 0.95;
/** Beside the lock-delay: who waits looks every 200 ms, on a machine that does much else. */
const LATE_MS_MAX = 2_000;

describe("a bot that goes from hand to hand", () => {
  let world: SdkWorld;
  beforeAll(async () => {
    world = await SdkWorld.open();
    const { tickMs } = workerTimings;
    await world.worker.startWorker(isTimed ? { timings: { tickMs } } : {});
  });
  afterAll(() => world.close());

  it(
    `begins where its last holder ended, and is recovered when that one was killed (seed ${seed})`,
    async () => {
      const report: HandOverReport = { clean: [], unclean: [], starved: [], violations: [] };
      const graveyard = new Graveyard();
      world.intercept = graveyard.answer;
      const plan = { clean: EACH, unclean: EACH, isTimed, ttlSeconds: TTL_SECONDS };
      const bots: TestBot[] = [];
      for (let count = 0; count < BOTS; count += 1) bots.push(await world.addLinkedBot());
      const rounds = bots.map((bot) => new HandOverRounds(world, bot, graveyard, plan, report));
      await Promise.all(rounds.map((each, index) => each.run(makeRandom(seed * BOTS + index))));
      process.stdout.write(
        `hand-overs: ${describeTimes("clean", report.clean)}; ${describeTimes("after a kill", report.unclean)}; ${report.starved.length} leases lost to a slow machine\n`,
      );
      expect(report.violations).toEqual([]);
      expect(report.starved.length).toBeLessThanOrEqual(EACH / 2);
      world.worker.simulator.assertClean();
      if (!isTimed) return;
      expect(shareWithin(report.clean, CLEAN_MS_MAX)).toBeGreaterThanOrEqual(SHARE_IN_TIME);
      expect(shareWithin(report.unclean, LOCK_DELAY_MS + LATE_MS_MAX)).toBeGreaterThanOrEqual(SHARE_IN_TIME);
    },
    timeoutMs * 2,
  );
});

const shareWithin = (times: readonly number[], limitMs: number): number =>
  times.filter((ms) => ms <= limitMs).length / times.length;

function describeTimes(what: string, times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const part = (share: number) =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return `${times.length} ${what}, median ${part(0.5)} ms, 95 % ${part(0.95)} ms, at most ${part(1)} ms`;
}
