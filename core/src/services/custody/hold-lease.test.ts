import { custody } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { verifyLeaseToken } from "../../crypto/lease-tokens.ts";
import { eventsOf } from "../../testing/calls.ts";
import { addKeyActor, addLeasable, custodyRowsOf, holderOf, letPass, takeLease } from "../../testing/leases.ts";
import { auditOf } from "../../testing/records.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { getBot } from "../bots/get-bot.ts";
import { authenticateLeaseToken } from "./authenticate-lease-token.ts";
import { getLease } from "./get-lease.ts";
import { handOver } from "./hand-over.ts";
import { releaseLease } from "./release-lease.ts";
import { renewLease } from "./renew-lease.ts";
import type { GrantedLease } from "./schemas.ts";

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

const byToken = () => test.as(holderOf(world.key, world.botId, lease));
const byKey = () => test.as(world.key);
const row = async () => (await custodyRowsOf(test, world.botId)).custody;
const release = (input: { finalRevision?: number; clean?: boolean } = {}, ctx = byToken()) =>
  releaseLease(ctx, { botId: world.botId, finalRevision: lease.revision, clean: true, ...input });
const change = (columns: Partial<typeof custody.$inferInsert>) =>
  test.db.write((tx) => tx.update(custody).set(columns).where(eq(custody.botId, world.botId)));

describe("a renewal", () => {
  it.each([
    ["its token", byToken],
    ["its key", byKey],
  ])("by %s prolongs the lease by the life it asks for, and remembers it", async (_name, ctx) => {
    const before = await row();
    const renewed = await renewLease(ctx(), { botId: world.botId, ttlSeconds: 120 });
    expect(renewed).toMatchObject({ action: "none" });
    const after = await row();
    expect(after.expiresAtMs).toBeGreaterThan(before.expiresAtMs);
    expect(after.ttlMs).toBe(120_000);
    expect(new Date(renewed.expiresAt).getTime()).toBe(after.expiresAtMs);
  });

  it("gives a token that lives as long as the lease and half a minute, five minutes at most", async () => {
    const { token } = await renewLease(byToken(), { botId: world.botId, ttlSeconds: 60 });
    const { keyring, settings, clock } = byToken();
    const keys = { publicKeys: keyring.publicKeys, issuer: settings.publicUrl };
    const claims = await verifyLeaseToken(keys, token, clock.nowMs());
    expect(claims).toMatchObject({ leaseId: lease.leaseId, epoch: lease.epoch, keyId: world.key.keyId });
    expect((claims?.expiresAtMs ?? 0) - clock.nowMs()).toBeLessThanOrEqual(90_000);
    expect((claims?.expiresAtMs ?? 0) - clock.nowMs()).toBeGreaterThan(80_000);
    expect(await authenticateLeaseToken(test.as({ kind: "anonymous" }), token)).toEqual(byToken().actor);
  });

  it("never shortens the lease", async () => {
    const before = await row();
    await renewLease(byToken(), { botId: world.botId, ttlSeconds: 5 });
    expect((await row()).expiresAtMs).toBe(before.expiresAtMs);
  });

  it("tells to drain, and by when", async () => {
    await handOver(test.as(world.owner), { botId: world.botId, to: "workers" });
    const renewed = await renewLease(byToken(), { botId: world.botId });
    expect(renewed).toMatchObject({ action: "drain" });
    expect(new Date(renewed.deadline ?? 0).getTime()).toBe((await row()).drainDeadlineMs);
  });

  it("notes since when the connection does not get on, for all to see, and that it does again", async () => {
    await renewLease(byToken(), { botId: world.botId, stalled: true });
    const since = (await row()).stalledSinceMs;
    await renewLease(byToken(), { botId: world.botId, stalled: true });
    expect((await row()).stalledSinceMs).toBe(since);
    const { holder } = await getBot(test.as(world.owner), { botId: world.botId });
    expect(holder).toMatchObject({ id: world.key.keyId, stalledSince: new Date(since ?? 0).toISOString() });
    await renewLease(byToken(), { botId: world.botId });
    expect((await row()).stalledSinceMs).toBeNull();
  });

  it("is refused once the lease ran out, is another's or was released", async () => {
    const other = test.as(await addKeyActor(test, world.owner));
    await expect(renewLease(other, { botId: world.botId })).rejects.toMatchObject({ code: "lease-lost" });
    await expect(renewLease(test.as(world.owner), { botId: world.botId })).rejects.toMatchObject({ code: "forbidden" });
    await letPass(test, world.botId, 60_001);
    for (const ctx of [byToken(), byKey()])
      await expect(renewLease(ctx, { botId: world.botId })).rejects.toMatchObject({ code: "lease-lost" });
    await change({ epoch: lease.epoch + 1, leaseId: "lse_next" });
    const stale = { code: "stale-epoch", details: { extra: { epoch: lease.epoch + 1 } } };
    await expect(renewLease(byToken(), { botId: world.botId })).rejects.toMatchObject(stale);
  });
});

describe("a release", () => {
  it.each([
    ["its token", byToken],
    ["its key", byKey],
  ])("by %s gives the bot back to the workers, and tells of it", async (_name, ctx) => {
    await release({}, ctx());
    const { bot, custody: after } = await custodyRowsOf(test, world.botId);
    expect(after).toMatchObject({ state: "free", holderId: null, leaseId: null, isClean: true, ttlMs: null });
    expect(bot).toMatchObject({ assignedTo: "workers", state: "stopped", stateReason: "holder-released" });
    const told = (await eventsOf(test, world.botId, "lease.released")).at(-1)?.data;
    expect(told).toMatchObject({ state: "free", holder: null, clean: true, lease: { id: lease.leaseId } });
    expect((await auditOf(test, lease.leaseId)).at(-1)).toMatchObject({ action: "lease.release" });
    await expect(release()).rejects.toMatchObject({ code: "lease-lost" });
  });

  it("with another last revision changes nothing, and says the right one", async () => {
    const wrong = { code: "final-revision-mismatch", details: { extra: { revision: lease.revision } } };
    for (const finalRevision of [lease.revision - 1, lease.revision + 1])
      await expect(release({ finalRevision })).rejects.toMatchObject(wrong);
    expect((await row()).state).toBe("held");
  });

  it("is taken also after the lease ran out, while nobody else was granted the bot", async () => {
    await letPass(test, world.botId, 3_600_000);
    await release();
    expect(await row()).toMatchObject({ state: "free", isClean: true });
  });

  it("by an earlier holder is refused and changes nothing", async () => {
    await change({ epoch: lease.epoch + 1, leaseId: "lse_next" });
    await expect(release()).rejects.toMatchObject({ code: "stale-epoch" });
    expect(await row()).toMatchObject({ state: "held", leaseId: "lse_next" });
  });
});

describe("who holds a bot", () => {
  it("is shown to people and keys with the scope, and to the holder", async () => {
    for (const ctx of [byToken(), byKey(), test.as(world.owner)])
      expect(await getLease(ctx, { botId: world.botId })).toMatchObject({
        state: "held",
        epoch: lease.epoch,
        leaseId: lease.leaseId,
        holder: { kind: "key", id: world.key.keyId },
        assignedTo: world.key.keyId,
        expired: false,
      });
    const other = await addLeasable(test);
    await expect(getLease(byToken(), { botId: other.botId })).rejects.toMatchObject({ code: "not-found" });
  });
});
