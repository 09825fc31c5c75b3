import { LOCK_DELAY_MS } from "@switchboard/db/queries/custody";
import { bots } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { eventsOf } from "../../testing/calls.ts";
import { addBot, addPerson } from "../../testing/factories.ts";
import {
  addKeyActor,
  addLeasable,
  askForLease,
  custodyRowsOf,
  holderOf,
  letPass,
  takeByWorker,
  takeLease,
} from "../../testing/leases.ts";
import { auditOf } from "../../testing/records.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { revokeApiKey } from "../identity/api-keys/revoke-api-key.ts";
import { acquireLease } from "./acquire-lease.ts";
import { authorizeLease } from "./authorize-lease.ts";
import { handOver } from "./hand-over.ts";
import { releaseLease } from "./release-lease.ts";
import { releaseForWorker } from "./worker-leases.ts";

const RACERS = 20;
const ROUNDS = 3;

let test: TestContext;
let world: Awaited<ReturnType<typeof addLeasable>>;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());
beforeEach(async () => {
  world = await addLeasable(test);
});

const refusal = (code: string, extra?: object) => ({
  code,
  ...(extra ? { details: expect.objectContaining(extra) } : {}),
});

describe("a lease of a microservice", () => {
  it("is granted on a linked bot that nobody holds, and the bot shows who holds it", async () => {
    const { botId, key } = world;
    const lease = await takeLease(test, key, botId, { ttlSeconds: 60 });
    expect(lease).toMatchObject({ epoch: 2, renewAfterSeconds: 20, revision: 1 });
    const { bot, custody } = await custodyRowsOf(test, botId);
    expect(custody).toMatchObject({ state: "held", holderKind: "key", holderId: key.keyId, leaseId: lease.leaseId });
    expect(custody.expiresAtMs - (custody.grantedAtMs ?? 0)).toBe(60_000);
    expect(bot).toMatchObject({ assignedTo: key.keyId, state: "handed-over", stateReason: "handed-over" });
    const { custody: row } = await authorizeLease(test.as(holderOf(key, botId, lease)), botId);
    expect(row.epoch).toBe(lease.epoch);
  });

  it("lives LEASE_TTL unless it asks for another life, and a day at the most", async () => {
    const { botId, key } = world;
    await takeLease(test, key, botId);
    const { custody } = await custodyRowsOf(test, botId);
    expect(custody.expiresAtMs - (custody.grantedAtMs ?? 0)).toBe(30_000);
    expect((custody.maxExpiresAtMs ?? 0) - (custody.grantedAtMs ?? 0)).toBe(86_400_000);
  });

  it("is told of with its representation and without its token, and is in the audit", async () => {
    const { botId, key } = world;
    const lease = await takeLease(test, key, botId);
    const told = (await eventsOf(test, botId, "lease.acquired")).at(-1)?.data;
    const holder = { kind: "key", id: key.keyId };
    expect(told).toMatchObject({
      botId,
      state: "held",
      holder,
      lease: { id: lease.leaseId, epoch: lease.epoch, holder },
    });
    const [row] = await auditOf(test, lease.leaseId);
    expect(row).toMatchObject({ action: "lease.acquire", actorKind: "api-key", actorId: key.keyId, botId });
    expect(JSON.stringify([told, row])).not.toContain(lease.token.split(".")[2]);
  });

  it("is granted to one of many that ask at once through two databases, and the epoch rises by one", async () => {
    const second = await test.openAgain();
    const { botId, owner } = world;
    const keys = await Promise.all(Array.from({ length: RACERS }, () => addKeyActor(test, owner)));
    for (let round = 0; round < ROUNDS; round++) {
      const { custody: before } = await custodyRowsOf(test, botId);
      const asked = await Promise.allSettled(
        keys.map((key, place) => askForLease(test, key, botId, {}, place % 2 === 0 ? {} : { db: second })),
      );
      const granted = asked.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
      expect(granted).toMatchObject([{ kind: "granted", lease: { epoch: before.epoch + 1 } }]);
      const refused = asked.flatMap((result) => (result.status === "rejected" ? [result.reason.code] : []));
      expect(new Set(refused)).toEqual(new Set(["lease-held"]));
      await letPass(test, botId, 30_000 + LOCK_DELAY_MS);
    }
  }, 60_000);

  it("is not granted while somebody holds the bot; the refusal says who, and when to come back", async () => {
    const { botId, key, owner } = world;
    await takeLease(test, key, botId);
    const other = await addKeyActor(test, owner);
    await expect(askForLease(test, other, botId)).rejects.toMatchObject(
      refusal("lease-held", {
        retryAfterSeconds: 30,
        extra: expect.objectContaining({ holder: expect.objectContaining({ id: key.keyId }) }),
      }),
    );
    await expect(askForLease(test, key, botId)).rejects.toMatchObject(refusal("lease-held"));
  });

  it("follows one that ran out only after the lock-delay, and says that it was not clean", async () => {
    const { botId, key, owner } = world;
    await takeLease(test, key, botId);
    const other = await addKeyActor(test, owner);
    await letPass(test, botId, 30_000 + LOCK_DELAY_MS - 1_000);
    await expect(askForLease(test, other, botId)).rejects.toMatchObject(refusal("lease-held"));
    await letPass(test, botId, 1_001);
    expect(await takeLease(test, other, botId)).toMatchObject({ epoch: 3, clean: false });
  });

  it("follows a clean release at once, and an unclean one after the lock-delay", async () => {
    const { botId, key } = world;
    const release = async (clean: boolean) => {
      const { revision, ...lease } = await takeLease(test, key, botId);
      await releaseLease(test.as(holderOf(key, botId, lease)), { botId, finalRevision: revision, clean });
    };
    await release(true);
    expect(await takeLease(test, key, botId)).toMatchObject({ clean: true });
    await letPass(test, botId, 60_000);
    await release(false);
    await expect(askForLease(test, key, botId)).rejects.toMatchObject(refusal("lease-held"));
    await letPass(test, botId, LOCK_DELAY_MS + 1);
    expect(await takeLease(test, key, botId)).toMatchObject({ clean: false });
  });

  it("is for API keys, of bots that are linked, with the scopes it takes", async () => {
    const { botId, key, owner } = world;
    await expect(askForLease(test, owner, botId)).rejects.toMatchObject(refusal("forbidden"));
    await expect(askForLease(test, await addPerson(test, owner.teamId, "viewer"), botId)).rejects.toMatchObject(
      refusal("scope-missing"),
    );
    await expect(askForLease(test, key, await addBot(test, owner))).rejects.toMatchObject(refusal("not-paired"));
    const plain = await addKeyActor(test, owner, ["session:lease"]);
    await expect(askForLease(test, plain, botId, { takeover: true })).rejects.toMatchObject(
      refusal("scope-missing", { extra: { requiredScope: "session:takeover" } }),
    );
    const stranger = await addLeasable(test);
    await expect(askForLease(test, stranger.key, botId)).rejects.toMatchObject(refusal("not-found"));
  });

  it("is granted also on a bot that is wished to be stopped", async () => {
    const { botId, key } = world;
    await test.db.write((tx) => tx.update(bots).set({ desiredState: "stopped" }).where(eq(bots.id, botId)));
    expect(await takeLease(test, key, botId)).toMatchObject({ epoch: 2 });
  });

  it("is not granted to a key that was revoked after it was let in", async () => {
    const { botId, key, owner } = world;
    await revokeApiKey(test.as(owner), { keyId: key.keyId });
    await expect(askForLease(test, key, botId)).rejects.toMatchObject(refusal("unauthenticated"));
    expect((await custodyRowsOf(test, botId)).custody.epoch).toBe(1);
  });
});

describe("a takeover", () => {
  it("asks the worker to give the bot back, keeps it for the caller, and is granted when it has let go", async () => {
    const { botId, key, owner } = world;
    const worker = await takeByWorker(test, botId);
    const wish = { takeover: true, idempotencyKey: "take-over" };
    expect(await askForLease(test, key, botId, wish)).toEqual({ kind: "pending", retryAfterSeconds: 2 });
    const { custody } = await custodyRowsOf(test, botId);
    expect(custody).toMatchObject({ state: "draining", handoverTo: key.keyId });
    expect(await askForLease(test, key, botId, wish)).toMatchObject({ kind: "pending" });
    expect((await eventsOf(test, botId, "lease.drain")).length).toBe(1);

    await releaseForWorker(test.as({ kind: "worker", workerId: "wrk_test" }), worker, true);
    const other = await addKeyActor(test, owner);
    await expect(askForLease(test, other, botId)).rejects.toMatchObject(refusal("lease-held"));
    await expect(askForLease(test, other, botId, { takeover: true })).rejects.toMatchObject(refusal("lease-held"));
    await expect(takeByWorker(test, botId)).rejects.toThrow();
    expect(await askForLease(test, key, botId, wish)).toMatchObject({ kind: "granted", lease: { clean: true } });
  });

  it("is granted within the time it waits", async () => {
    const { botId, key } = world;
    const worker = await takeByWorker(test, botId);
    const waiting = askForLease(test, key, botId, { takeover: true, waitSeconds: 20 });
    await until(async () => (await custodyRowsOf(test, botId)).custody.state === "draining");
    await releaseForWorker(test.as({ kind: "worker", workerId: "wrk_test" }), worker, true);
    expect(await waiting).toMatchObject({ kind: "granted", lease: { clean: true } });
  });

  it("that nobody waits for any more ends at once", async () => {
    const { botId, key } = world;
    await takeByWorker(test, botId);
    const hungUp = AbortSignal.abort();
    const wish = { botId, idempotencyKey: "hung-up", takeover: true, waitSeconds: 30 };
    expect(await acquireLease(test.as(key), wish, hungUp)).toMatchObject({ kind: "pending" });
  });

  it("asks another key as well, and not a holder that was asked for somebody else", async () => {
    const { botId, key, owner } = world;
    await takeLease(test, key, botId);
    const second = await addKeyActor(test, owner);
    const third = await addKeyActor(test, owner);
    expect(await askForLease(test, second, botId, { takeover: true })).toMatchObject({ kind: "pending" });
    await expect(askForLease(test, third, botId, { takeover: true })).rejects.toMatchObject(refusal("lease-held"));
    expect((await custodyRowsOf(test, botId)).custody.handoverTo).toBe(second.keyId);
  });

  it("finds nobody at the end of its reservation, and then whoever asks gets the bot", async () => {
    const { botId, key, owner } = world;
    await handOver(test.as(owner), { botId, to: key.keyId });
    await releaseOldWorker();
    const other = await addKeyActor(test, owner);
    await letPass(test, botId, 61_000);
    expect(await takeLease(test, other, botId)).toMatchObject({ epoch: expect.any(Number) });
  });
});

/** The bot of a new world is held by a worker whose lease is long over; it lets go. */
async function releaseOldWorker(): Promise<void> {
  const { custody } = await custodyRowsOf(test, world.botId);
  const lease = { botId: world.botId, leaseId: custody.leaseId ?? "", epoch: custody.epoch };
  const worker = { ...lease, authRevision: custody.authRevision, wasClean: true };
  await releaseForWorker(test.as({ kind: "worker", workerId: "wrk_test" }), worker, true);
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setImmediate(resolve));
}
