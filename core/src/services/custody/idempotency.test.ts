import { idempotencyKeys } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { addBot } from "../../testing/factories.ts";
import {
  addKeyActor,
  addLeasable,
  askForLease,
  custodyRowsOf,
  holderOf,
  letPass,
  takeByWorker,
} from "../../testing/leases.ts";
import { linkBot } from "../../testing/linked-bot.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { cleanupExpired } from "../system/cleanup.ts";
import { claimIdempotencyKey, forgetClaim, rememberAnswer } from "./idempotency.ts";
import { releaseLease } from "./release-lease.ts";
import { revokeLease } from "./revoke-lease.ts";

const KEY = "take-over-1";

let test: TestContext;
let world: Awaited<ReturnType<typeof addLeasable>>;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());
beforeEach(async () => {
  world = await addLeasable(test);
});

const ask = (wish: Parameters<typeof askForLease>[3] = {}) =>
  askForLease(test, world.key, world.botId, { idempotencyKey: KEY, ttlSeconds: 60, ...wish });
const remembered = () =>
  test.db.reader
    .select()
    .from(idempotencyKeys)
    .where(eq(idempotencyKeys.subject, `api-key:${world.key.keyId}`));
const granted = async () => {
  const result = await ask();
  if (result.kind !== "granted") throw new Error("not granted");
  return result.lease;
};

describe("a request for a lease that is repeated under its Idempotency-Key", () => {
  it("is answered the same lease and grants nothing more", async () => {
    const first = await granted();
    const second = await granted();
    const fixed = { token: "", renewAfterSeconds: 0, ttlSeconds: 0 };
    expect({ ...second, ...fixed }).toEqual({ ...first, ...fixed });
    await letPass(test, world.botId, 10_000);
    expect((await granted()).ttlSeconds).toBeLessThanOrEqual(50);
    expect((await custodyRowsOf(test, world.botId)).custody.epoch).toBe(first.epoch);
  });

  it("is refused with another body, and another key asks for itself", async () => {
    await granted();
    await expect(ask({ ttlSeconds: 61 })).rejects.toMatchObject({ code: "idempotency-key-reused" });
    const stranger = await addLeasable(test);
    const wish = { idempotencyKey: KEY, ttlSeconds: 60 };
    expect(await askForLease(test, stranger.key, stranger.botId, wish)).toMatchObject({ kind: "granted" });
    const colleague = await addKeyActor(test, world.owner);
    await expect(askForLease(test, colleague, world.botId, wish)).rejects.toMatchObject({ code: "lease-held" });
  });

  it("is refused for another bot under the same key", async () => {
    await granted();
    const botId = await addBot(test, world.owner);
    await linkBot(test, botId);
    const wish = { idempotencyKey: KEY, ttlSeconds: 60 };
    await expect(askForLease(test, world.key, botId, wish)).rejects.toMatchObject({ code: "idempotency-key-reused" });
  });

  it("is told that the first one still runs", async () => {
    const ctx = test.as(world.key);
    const request = { lease: { ttlSeconds: 60, botId: world.botId } };
    await claimIdempotencyKey(ctx, KEY, request);
    await expect(claimIdempotencyKey(ctx, KEY, request)).rejects.toMatchObject({ code: "in-progress" });
    test.clock.advanceMs(60_001);
    expect(await claimIdempotencyKey(ctx, KEY, request)).toMatchObject({ kind: "begun" });
  });

  it("answers for itself: one that was given up for dead remembers nothing and changes nothing", async () => {
    const ctx = test.as(world.key);
    const claim = () => claimIdempotencyKey(ctx, KEY, {});
    const first = await claim();
    test.clock.advanceMs(60_001);
    const second = await claim();
    if (first.kind !== "begun" || second.kind !== "begun") throw new Error("one of them was answered");
    const answer = (of: typeof first, leaseId: string) =>
      test.db.write((tx) => rememberAnswer(tx, ctx, of, 201, { leaseId }));
    await expect(answer(first, "lse_first")).rejects.toMatchObject({ code: "in-progress" });
    await forgetClaim(ctx, first);
    expect(await remembered()).toMatchObject([{ status: null, response: null }]);
    await answer(second, "lse_second");
    expect(await claim()).toEqual({ kind: "answered", response: { leaseId: "lse_second" } });
  });

  it("is tried anew where the first one was refused or is pending", async () => {
    await takeByWorker(test, world.botId);
    await expect(ask()).rejects.toMatchObject({ code: "lease-held" });
    expect(await remembered()).toEqual([]);
    expect(await ask({ takeover: true })).toMatchObject({ kind: "pending" });
    expect(await remembered()).toEqual([]);
  });

  it("is told that its lease is over, and is never granted another", async () => {
    const lease = await granted();
    const holder = test.as(holderOf(world.key, world.botId, lease));
    await releaseLease(holder, { botId: world.botId, finalRevision: lease.revision, clean: true });
    await expect(ask()).rejects.toMatchObject({ code: "lease-lost" });
    const again = { idempotencyKey: "take-over-2" };
    expect(await askForLease(test, world.key, world.botId, again)).toMatchObject({ kind: "granted" });
    await expect(ask()).rejects.toMatchObject({ code: "stale-epoch", details: { extra: { epoch: 3 } } });
    await revokeLease(test.as(world.owner), { botId: world.botId });
    await expect(ask()).rejects.toMatchObject({ code: "stale-epoch", details: { extra: { epoch: 4 } } });
  });

  it("is forgotten after a day by the cleanup, and holds no token", async () => {
    const { token } = await granted();
    const [row] = await remembered();
    expect(row).toMatchObject({ status: 201, response: { epoch: 2 } });
    expect(JSON.stringify(row)).not.toContain(token.split(".")[2]);
    test.clock.advanceMs(86_400_001);
    await cleanupExpired(test.as({ kind: "system", name: "test" }));
    expect(await remembered()).toEqual([]);
  });

  it.each([undefined, ""])("needs its key (%s)", async (idempotencyKey) => {
    await expect(ask({ idempotencyKey })).rejects.toMatchObject({ code: "idempotency-key-missing" });
  });

  it.each(["a b", "é", "x".repeat(256), "a\nb"])("needs a plain key, and %j is none", async (idempotencyKey) => {
    await expect(ask({ idempotencyKey })).rejects.toMatchObject({ code: "validation-failed" });
  });
});
