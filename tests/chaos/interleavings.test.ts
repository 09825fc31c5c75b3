import { openRecordStore } from "@switchboard/core/services/auth-state/open-record-store";
import { custody } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Cast, type CommitInstead, casts, custodianPlayer, holderPlayer } from "./interleaving/players.ts";
import { Theatre } from "./interleaving/stage.ts";
import { Turns } from "./interleaving/turns.ts";
import { chainRecord } from "./remote-holder.ts";
import { readChaosSize } from "./size.ts";

const { seed, factor, timeoutMs } = readChaosSize();
const ORDERS = 40 * factor;
/** In one database, which grows with each. */
const ORDERS_AT_ONCE = 200;
const KEYS = 3;

describe("custody, in any order of requests and answers", () => {
  it(
    `forks nothing, loses nothing, and does nothing under a lease that is over (seed ${seed})`,
    async () => {
      const done = { turns: 0, grants: 0, acknowledged: 0, refused: 0 };
      for (let orders = 0; orders < ORDERS; orders += ORDERS_AT_ONCE) {
        const numRuns = Math.min(ORDERS_AT_ONCE, ORDERS - orders);
        await tryOrders(async (property) => fc.assert(property, { seed: seed * 1_000_000 + orders, numRuns }), done);
      }
      process.stdout.write(`${ORDERS} orders of requests and answers; ${JSON.stringify(done)}\n`);
      for (const count of Object.values(done)) expect(count).toBeGreaterThan(ORDERS / 10);
    },
    timeoutMs,
  );

  it("forks as soon as the epoch is not compared: this test can see it", async () => {
    const mutant = commitUnfenced;
    const search = { seed, numRuns: ORDERS_AT_ONCE, endOnFailure: true };
    await tryOrders(
      async (property) => {
        const { errorInstance } = await fc.check(property, search);
        expect(String(errorInstance)).toMatch(/fork|gap/);
      },
      {},
      mutant,
    );
  });
});

type Property = fc.IAsyncPropertyWithHooks<[fc.Scheduler, Cast]>;

/** Hands out what must hold in every order; counts what happened. */
async function tryOrders(
  check: (property: Property) => Promise<void>,
  done: Record<string, number>,
  commitInstead?: CommitInstead,
): Promise<void> {
  const theatre = await Theatre.open(KEYS);
  const property = fc.asyncProperty(fc.scheduler(), casts, async (scheduler, { holders, events }) => {
    const turns = new Turns(scheduler);
    const stage = await theatre.setStage(turns);
    const players = holders.map((part, index) => holderPlayer(stage, part, index, commitInstead));
    await turns.play([...players, custodianPlayer(stage, events)]);
    const counts = { turns: turns.now, ...stage.history.count() };
    for (const [what, count] of Object.entries(counts)) done[what] = (done[what] ?? 0) + count;
    const violations = stage.history.findViolations(await stage.readEnd());
    if (violations.length > 0) throw new Error(violations.join("; "));
  });
  try {
    await check(property);
  } finally {
    await theatre.dispose();
  }
}

/** Writes under whatever lease and revision the row has, as a store without a fence would. */
const commitUnfenced: CommitInstead = async (stage, counter, creds) => {
  const ctx = stage.as({ kind: "system", name: "mutant" });
  const [row] = await ctx.db.reader.select().from(custody).where(eq(custody.botId, stage.botId));
  const lease = { botId: stage.botId, epoch: row?.epoch ?? 0, leaseId: row?.leaseId ?? "" };
  await openRecordStore(ctx, lease, row?.authRevision ?? 0).commit({ records: [chainRecord(counter)], creds });
};
