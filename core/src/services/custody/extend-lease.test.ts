import { apiKeys, custody } from "@switchboard/db/schema";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { justConfirmed } from "../../testing/factories.ts";
import {
  addKeyActor,
  addLeasable,
  askForLease,
  custodyRowsOf,
  holderOf,
  type KeyActor,
  letPass,
  takeLease,
} from "../../testing/leases.ts";
import { auditOf } from "../../testing/records.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { rotateApiKey } from "../identity/api-keys/rotate-api-key.ts";
import { handOver } from "./hand-over.ts";
import { renewLease } from "./renew-lease.ts";
import type { GrantedLease } from "./schemas.ts";

const DAY_MS = 86_400_000;

let test: TestContext;
let world: Awaited<ReturnType<typeof addLeasable>>;
let lease: GrantedLease;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());
beforeEach(async () => {
  world = await addLeasable(test);
  lease = await takeLease(test, world.key, world.botId, { ttlSeconds: 60 });
});

const holder = () => test.as(holderOf(world.key, world.botId, lease));
const extend = (actor: KeyActor = world.key, own: { leaseId: string; epoch: number } = lease) =>
  askForLease(test, actor, world.botId, { ttlSeconds: 60, extends: { leaseId: own.leaseId, epoch: own.epoch } });
/** As if the lease had been renewed for so long that this much of its greatest life is left. */
const leaveOfGreatestLife = (ms: number) =>
  test.db.write(async (tx) => {
    const maxExpiresAtMs = sql`cast(unixepoch('subsec') * 1000 as integer) + ${ms}`;
    await tx.update(custody).set({ maxExpiresAtMs }).where(eq(custody.botId, world.botId));
  });

/** Rotates the key; the id of its successor. */
async function rotate(key: KeyActor, overlapSeconds: number): Promise<string> {
  const owner = justConfirmed(test, world.owner);
  const { id } = await rotateApiKey(test.as(owner), { keyId: key.keyId, overlapSeconds });
  return id;
}

describe("the greatest life of a lease", () => {
  it("stops renewals short, and a lease without one is renewed all the same", async () => {
    await leaveOfGreatestLife(61_000);
    await renewLease(holder(), { botId: world.botId, ttlSeconds: 300 });
    const { custody: capped } = await custodyRowsOf(test, world.botId);
    expect(capped.expiresAtMs).toBe(capped.maxExpiresAtMs);
    await test.db.write((tx) => tx.update(custody).set({ maxExpiresAtMs: null }).where(eq(custody.botId, world.botId)));
    await renewLease(holder(), { botId: world.botId, ttlSeconds: 300 });
    const { custody: open } = await custodyRowsOf(test, world.botId);
    expect(open.expiresAtMs).toBeGreaterThan(capped.expiresAtMs);
  });

  it("is told of in seconds where it cuts the life asked for", async () => {
    expect(lease).toMatchObject({ ttlSeconds: 60, renewAfterSeconds: 20 });
    expect(await renewLease(holder(), { botId: world.botId, ttlSeconds: 300 })).toMatchObject({ ttlSeconds: 300 });
    expect(await renewLease(holder(), { botId: world.botId, ttlSeconds: 5 })).toMatchObject({ ttlSeconds: 5 });
    await test.db.write((tx) =>
      tx
        .update(custody)
        .set({ expiresAtMs: sql`expires_at_ms - 290000`, maxExpiresAtMs: sql`expires_at_ms - 280000` })
        .where(eq(custody.botId, world.botId)),
    );
    const capped = await renewLease(holder(), { botId: world.botId, ttlSeconds: 300 });
    expect(capped.ttlSeconds).toBeLessThanOrEqual(20);
    expect(await extend()).toMatchObject({ lease: { ttlSeconds: 60 } });
  });

  it.each([true, false])("begins anew without a new epoch, and says how it was granted (clean: %s)", async (clean) => {
    await leaveOfGreatestLife(61_000);
    await test.db.write((tx) => tx.update(custody).set({ wasClean: clean }).where(eq(custody.botId, world.botId)));
    const result = await extend();
    expect(result).toMatchObject({ kind: "granted", lease: { leaseId: lease.leaseId, epoch: lease.epoch, clean } });
    const { custody: row } = await custodyRowsOf(test, world.botId);
    expect((row.maxExpiresAtMs ?? 0) - row.expiresAtMs).toBeGreaterThan(DAY_MS - 70_000);
    await expect(renewLease(holder(), { botId: world.botId })).resolves.toMatchObject({ action: "none" });
    expect((await auditOf(test, lease.leaseId)).map((row) => row.action)).toEqual(["lease.acquire", "lease.extend"]);
  });

  it("is the key's own where that ends before", async () => {
    const { key, owner } = await addLeasable(test);
    await test.db.write((tx) =>
      tx
        .update(apiKeys)
        .set({ expiresAtMs: test.clock.nowMs() + 20_000 })
        .where(eq(apiKeys.id, key.keyId)),
    );
    const other = await addLeasable(test);
    const moved = { ...other.key, keyId: key.keyId };
    await test.db.write((tx) =>
      tx.update(apiKeys).set({ teamId: other.owner.teamId }).where(eq(apiKeys.id, key.keyId)),
    );
    await takeLease(test, moved, other.botId, { ttlSeconds: 60 });
    const { custody: row } = await custodyRowsOf(test, other.botId);
    expect(row.expiresAtMs - (row.grantedAtMs ?? 0)).toBe(20_000);
    expect(row.maxExpiresAtMs).toBe(row.expiresAtMs);
    expect(owner.teamId).not.toBe(other.owner.teamId);
  });

  it("begins anew for the successor of a rotated key, whose lease it is then", async () => {
    const successor = { ...world.key, keyId: await rotate(world.key, 600) };
    expect(await extend(successor)).toMatchObject({ kind: "granted", lease: { epoch: lease.epoch } });
    const { bot, custody: row } = await custodyRowsOf(test, world.botId);
    expect([row.holderId, bot.assignedTo]).toEqual([successor.keyId, successor.keyId]);
    await expect(extend(world.key)).rejects.toMatchObject({ code: "lease-lost" });
  });

  it("is cut to the new end of a key that is rotated, and renewals stop there", async () => {
    const before = (await custodyRowsOf(test, world.botId)).custody;
    const rotatedAtMs = Date.now();
    await rotate(world.key, 30);
    const { custody: cut } = await custodyRowsOf(test, world.botId);
    expect(cut.expiresAtMs).toBeLessThan(before.expiresAtMs);
    expect(cut.maxExpiresAtMs).toBe(cut.expiresAtMs);
    expect(cut.expiresAtMs).toBeGreaterThanOrEqual(rotatedAtMs + 30_000);
    await renewLease(holder(), { botId: world.botId, ttlSeconds: 300 });
    expect((await custodyRowsOf(test, world.botId)).custody.expiresAtMs).toBe(cut.expiresAtMs);
  });

  it("leaves the present end of a lease where the rotated key outlives it", async () => {
    const before = (await custodyRowsOf(test, world.botId)).custody;
    await rotate(world.key, 3_600);
    const { custody: cut } = await custodyRowsOf(test, world.botId);
    expect(cut.expiresAtMs).toBe(before.expiresAtMs);
    expect(cut.maxExpiresAtMs ?? 0).toBeLessThan((before.maxExpiresAtMs ?? 0) - DAY_MS / 2);
  });

  it("is over when its key is rotated without an overlap: the epoch rises, and the workers have the bot", async () => {
    const other = await addLeasable(test);
    await takeLease(test, other.key, other.botId);
    const successor = await rotate(world.key, 0);
    const { bot, custody: row } = await custodyRowsOf(test, world.botId);
    expect(row).toMatchObject({ state: "free", holderId: null, epoch: lease.epoch + 1, isClean: false });
    expect(bot).toMatchObject({ assignedTo: "workers", stateReason: "lease-revoked" });
    expect((await auditOf(test, lease.leaseId)).at(-1)).toMatchObject({ action: "lease.revoke" });
    await expect(extend({ ...world.key, keyId: successor })).rejects.toMatchObject({ code: "stale-epoch" });
    expect((await custodyRowsOf(test, other.botId)).custody.state).toBe("held");
  });

  it("does not begin anew for another key, another lease, one that is over, or one that was asked back", async () => {
    const { botId, owner } = world;
    await expect(extend(await addKeyActor(test, owner))).rejects.toMatchObject({ code: "lease-lost" });
    await expect(extend(world.key, { ...lease, epoch: 1 })).rejects.toMatchObject({ code: "stale-epoch" });
    await expect(extend(world.key, { ...lease, leaseId: "lse_x" })).rejects.toMatchObject({ code: "lease-lost" });
    await handOver(test.as(owner), { botId, to: "workers" });
    await expect(extend()).rejects.toMatchObject({ code: "conflict" });
    await letPass(test, botId, 60_001);
    await expect(extend()).rejects.toMatchObject({ code: "lease-lost" });
  });
});
