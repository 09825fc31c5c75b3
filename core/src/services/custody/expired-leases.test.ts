import { LOCK_DELAY_MS } from "@switchboard/db/queries/custody";
import { bots, custody } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { eventsOf } from "../../testing/calls.ts";
import { addLeasable, custodyRowsOf, holderOf, letPass, takeLease } from "../../testing/leases.ts";
import { auditOf } from "../../testing/records.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { cleanupExpired } from "../system/cleanup.ts";
import { authorizeLease } from "./authorize-lease.ts";
import { forceTake } from "./force-take.ts";
import { handOver } from "./hand-over.ts";
import { noteExpiredLeases } from "./note-expired-leases.ts";
import { reclaimAbandoned } from "./reclaim-abandoned.ts";
import { revokeLease } from "./revoke-lease.ts";
import type { GrantedLease } from "./schemas.ts";
import { acquireForWorker } from "./worker-leases.ts";

const TTL_MS = 10_000;

let test: TestContext;
let world: Awaited<ReturnType<typeof addLeasable>>;
let lease: GrantedLease;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());
beforeEach(async () => {
  world = await addLeasable(test);
  await test.db.write((tx) => tx.update(bots).set({ desiredState: "running" }).where(eq(bots.id, world.botId)));
  lease = await takeLease(test, world.key, world.botId, { ttlSeconds: TTL_MS / 1000 });
});

const keeper = (reclaimAfterSeconds: number | null = null) => {
  const ctx = test.as({ kind: "worker", workerId: "wrk_a" });
  return { ...ctx, settings: { ...ctx.settings, reclaimAfterSeconds } };
};
const botRow = async () => (await custodyRowsOf(test, world.botId)).bot;
const expiries = () => eventsOf(test, world.botId, "lease.expired");
const tryWorker = () => acquireForWorker(keeper(), { botId: world.botId, workerId: "wrk_a" });

describe("a bot of a key that has no lease", () => {
  const isFree = { state: "free", holderKind: null, holderId: null, leaseId: null } as const;
  const strand = (changes: Partial<typeof custody.$inferInsert> = {}) =>
    test.db.write((tx) =>
      tx
        .update(custody)
        .set({ ...isFree, ...changes })
        .where(eq(custody.botId, world.botId)),
    );

  it("is given back to the workers, and stays what it is", async () => {
    await strand();
    await test.db.write((tx) => tx.update(bots).set({ state: "logged-out" }).where(eq(bots.id, world.botId)));
    expect(await tryWorker()).toBeNull();
    await reclaimAbandoned(keeper(86_400));
    expect(await botRow()).toMatchObject({ assignedTo: "workers", state: "logged-out" });
    expect(await tryWorker()).toMatchObject({ epoch: lease.epoch + 1 });
    expect(await reclaimAbandoned(keeper(86_400))).toBe(0);
  });

  it("is left alone while it is kept for somebody", async () => {
    await strand({ handoverTo: world.key.keyId, reservedUntilMs: Date.now() + 60_000 });
    await reclaimAbandoned(keeper());
    expect((await botRow()).assignedTo).toBe(world.key.keyId);
    await letPass(test, world.botId, 120_000);
    await reclaimAbandoned(keeper());
    expect((await botRow()).assignedTo).toBe("workers");
  });

  it.each([
    ["a revocation", () => revokeLease(test.as(world.owner), { botId: world.botId })],
    ["a hand-over to the workers", () => handOver(test.as(world.owner), { botId: world.botId, to: "workers" })],
    ["taking it by force", () => forceTake(test.as(world.owner), { botId: world.botId })],
  ])("is the workers' after %s", async (_name, end) => {
    await strand();
    await end();
    expect((await botRow()).assignedTo).toBe("workers");
    expect(await tryWorker()).not.toBeNull();
  });
});

it("A hand-over to the workers after the end of the lease gives them the bot, and the end is told of", async () => {
  await letPass(test, world.botId, TTL_MS + LOCK_DELAY_MS + 1);
  await handOver(test.as(world.owner), { botId: world.botId, to: "workers" });
  expect(await expiries()).toHaveLength(1);
  expect(await botRow()).toMatchObject({ assignedTo: "workers", state: "backing-off" });
  expect(await tryWorker()).not.toBeNull();
});

describe("a lease that runs out", () => {
  it("is told of once, and not before", async () => {
    await letPass(test, world.botId, TTL_MS - 1_000);
    await noteExpiredLeases(keeper());
    expect(await expiries()).toEqual([]);
    expect((await botRow()).state).toBe("handed-over");
    await letPass(test, world.botId, 1_001);
    await cleanupExpired(keeper());
    await noteExpiredLeases(keeper());
    const told = (await expiries()).map(({ data }) => data);
    expect(told).toMatchObject([{ expired: true, holder: { id: world.key.keyId }, lease: { id: lease.leaseId } }]);
    expect(await botRow()).toMatchObject({
      state: "backing-off",
      stateReason: "holder-gone",
      assignedTo: world.key.keyId,
    });
    expect((await auditOf(test, lease.leaseId)).at(-1)).toMatchObject({ action: "lease.expire", actorKind: "system" });
  });

  it("still takes the writes of its epoch, and no reads, until somebody is granted the bot", async () => {
    await letPass(test, world.botId, TTL_MS + 1);
    await noteExpiredLeases(keeper());
    const holder = test.as(holderOf(world.key, world.botId, lease));
    await expect(authorizeLease(holder, world.botId)).rejects.toMatchObject({ code: "lease-lost" });
    const { custody } = await authorizeLease(holder, world.botId, { isExpiredAllowed: true });
    expect(custody.epoch).toBe(lease.epoch);
    await letPass(test, world.botId, LOCK_DELAY_MS);
    await takeLease(test, world.key, world.botId);
    await expect(authorizeLease(holder, world.botId, { isExpiredAllowed: true })).rejects.toMatchObject({
      code: "stale-epoch",
      details: { extra: { epoch: lease.epoch + 1 } },
    });
  });
});

describe("a bot whose microservice is gone", () => {
  it.each([
    ["twice the life of its lease", null, 2 * TTL_MS],
    ["RECLAIM_AFTER", 60, 60_000],
  ])("is the workers' again %s after its end, and not before", async (_name, setting, afterMs) => {
    await letPass(test, world.botId, TTL_MS + afterMs - 1_000);
    await reclaimAbandoned(keeper(setting));
    expect((await botRow()).assignedTo).toBe(world.key.keyId);
    expect(await tryWorker()).toBeNull();
    await letPass(test, world.botId, 1_001);
    await reclaimAbandoned(keeper(setting));
    await reclaimAbandoned(keeper(setting));
    expect(await botRow()).toMatchObject({ assignedTo: "workers", state: "backing-off", stateReason: "holder-gone" });
    expect((await expiries()).length).toBe(1);
    const actions = (await auditOf(test, lease.leaseId)).map(({ action }) => action);
    expect(actions).toEqual(["lease.acquire", "lease.expire", "lease.reclaim"]);
    expect(await tryWorker()).toMatchObject({ epoch: lease.epoch + 1, wasClean: false });
  });

  it("is taken back once by workers that ask at the same time", async () => {
    await letPass(test, world.botId, 3 * TTL_MS + 1);
    const second = await test.openAgain();
    await Promise.all([reclaimAbandoned(keeper()), reclaimAbandoned({ ...keeper(), db: second })]);
    const actions = (await auditOf(test, lease.leaseId)).map(({ action }) => action);
    expect(actions.filter((action) => action === "lease.reclaim")).toEqual(["lease.reclaim"]);
  });

  it("stays the microservice's when that comes back in time", async () => {
    await letPass(test, world.botId, TTL_MS + LOCK_DELAY_MS + 1);
    await takeLease(test, world.key, world.botId, { ttlSeconds: TTL_MS / 1000 });
    await reclaimAbandoned(keeper());
    expect(await botRow()).toMatchObject({ assignedTo: world.key.keyId, state: "handed-over" });
  });
});
