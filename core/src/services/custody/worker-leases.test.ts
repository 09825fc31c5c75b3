import { type BotId, bots, custody, events } from "@switchboard/db/schema";
import { and, eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { eventsOf } from "../../testing/calls.ts";
import { addBot, addTeam } from "../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { acquireForWorker, releaseForWorker, renewForWorker } from "./worker-leases.ts";

const RACERS = 20;
const ROUNDS = 10;

describe("a worker's lease on a bot", () => {
  let test: TestContext;
  let botId: BotId;

  beforeAll(async () => {
    test = await createTestContext();
  });
  afterAll(() => test.dispose());
  beforeEach(async () => {
    botId = await addBot(test, await addTeam(test));
  });

  const worker = (workerId: string) => test.as({ kind: "worker", workerId });
  const acquire = (workerId: string) => acquireForWorker(worker(workerId), { botId, workerId });
  const row = async () => {
    const [found] = await test.db.reader.select().from(custody).where(eq(custody.botId, botId));
    if (!found) throw new Error("no custody row");
    return found;
  };
  /** Moves the end of the lease, by the database's clock, instead of waiting for it. */
  const expire = (agoMs: number) =>
    test.db.write(async (tx) => {
      const expiresAtMs = sql`cast(unixepoch('subsec') * 1000 as integer) - ${agoMs}`;
      await tx.update(custody).set({ expiresAtMs }).where(eq(custody.botId, botId));
    });

  it("is granted to one of many that ask at once, round after round, and the epoch only grows", async () => {
    const second = await test.openAgain();
    let before = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const asked = Array.from({ length: RACERS }, (_, index) => {
        const workerId = `wrk_${round}_${index}`;
        const ctx = index % 2 === 0 ? worker(workerId) : { ...worker(workerId), db: second };
        return acquireForWorker(ctx, { botId, workerId });
      });
      const granted = (await Promise.all(asked)).filter((lease) => lease !== null);
      expect(granted).toHaveLength(1);
      const [lease] = granted;
      if (!lease) throw new Error("nobody was granted the lease");
      expect(lease.epoch).toBe(before + 1);
      before = lease.epoch;
      await releaseForWorker(worker("any"), lease, true);
    }
  });

  it("is not taken from a holder that is alive, nor within the lock-delay after it expired", async () => {
    await acquire("wrk_a");
    expect(await acquire("wrk_b")).toBeNull();
    await expire(4_000);
    expect(await acquire("wrk_b")).toBeNull();
    await expire(5_001);
    expect(await acquire("wrk_b")).toMatchObject({ epoch: 2, wasClean: false });
  });

  it("goes back at once to the same worker after it was killed, with a higher epoch", async () => {
    const first = await acquire("wrk_a");
    const second = await acquire("wrk_a");
    expect(second?.epoch).toBe((first?.epoch ?? 0) + 1);
    expect(second?.leaseId).not.toBe(first?.leaseId);
  });

  it("cannot be renewed by the lease before, although worker and bot are the same", async () => {
    const first = await acquire("wrk_a");
    const second = await acquire("wrk_a");
    if (!first || !second) throw new Error("not granted");
    expect(await renewForWorker(worker("wrk_a"), first)).toBe("lost");
    expect(await renewForWorker(worker("wrk_a"), { ...first, epoch: second.epoch })).toBe("lost");
    expect(await renewForWorker(worker("wrk_a"), second)).toBe("renewed");
  });

  it("is lost, not renewed, once it has expired, and never shortened by a renewal", async () => {
    const lease = await acquire("wrk_a");
    if (!lease) throw new Error("not granted");
    const before = (await row()).expiresAtMs;
    await renewForWorker(
      { ...worker("wrk_a"), settings: { ...worker("wrk_a").settings, workerLeaseTtlSeconds: 1 } },
      lease,
    );
    expect((await row()).expiresAtMs).toBe(before);
    await expire(1);
    expect(await renewForWorker(worker("wrk_a"), lease)).toBe("lost");
  });

  it("tells a holder to drain", async () => {
    const lease = await acquire("wrk_a");
    if (!lease) throw new Error("not granted");
    await test.db.write((tx) => tx.update(custody).set({ state: "draining" }).where(eq(custody.botId, botId)));
    expect(await renewForWorker(worker("wrk_a"), lease)).toBe("drain");
  });

  it("is free at once after a clean release, and only after the delay after an unclean one", async () => {
    const clean = await acquire("wrk_a");
    if (!clean) throw new Error("not granted");
    await releaseForWorker(worker("wrk_a"), clean, true);
    const next = await acquire("wrk_b");
    expect(next).toMatchObject({ wasClean: true });
    if (!next) throw new Error("not granted");
    await releaseForWorker(worker("wrk_b"), next, false);
    expect(await acquire("wrk_c")).toBeNull();
  });

  it("is not released by a holder that has lost it", async () => {
    const old = await acquire("wrk_a");
    const current = await acquire("wrk_a");
    if (!old || !current) throw new Error("not granted");
    await releaseForWorker(worker("wrk_a"), old, true);
    expect(await row()).toMatchObject({ state: "held", leaseId: current.leaseId });
  });

  it("leaves a frozen bot alone", async () => {
    await test.db.write((tx) => tx.update(custody).set({ state: "frozen" }).where(eq(custody.botId, botId)));
    expect(await acquire("wrk_a")).toBeNull();
  });

  it("tells at a takeover what became of the bot when its holder fell silent, and nothing after a kept lease", async () => {
    const told = async () =>
      (await eventsOf(test, botId, "bot.state")).map(({ data: { state, reason, since } }) => ({
        state,
        reason,
        since,
      }));
    await test.db.write((tx) => tx.update(bots).set({ state: "online" }).where(eq(bots.id, botId)));
    await acquire("wrk_a");
    const before = await told();
    await acquire("wrk_a");
    expect(await told()).toEqual(before);
    // Beyond the test's own clock, by which the bot is shown.
    await expire(10 * 365 * 86_400_000);
    const since = new Date((await row()).expiresAtMs).toISOString();
    await acquire("wrk_b");
    expect(await told()).toEqual([...before, { state: "backing-off", reason: "worker-gone", since }]);
  });

  it("is told of in events, in the transaction of the change", async () => {
    const lease = await acquire("wrk_a");
    if (!lease) throw new Error("not granted");
    await releaseForWorker(worker("wrk_a"), lease, true);
    const told = await test.db.reader
      .select({ type: events.type })
      .from(events)
      .where(and(eq(events.botId, botId), sql`${events.type} like 'lease.%'`));
    expect(told.map((event) => event.type)).toEqual(["lease.acquired", "lease.released"]);
  });
});
