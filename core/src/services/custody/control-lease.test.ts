import { LOCK_DELAY_MS } from "@switchboard/db/queries/custody";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { eventsOf } from "../../testing/calls.ts";
import { addPerson, justConfirmed } from "../../testing/factories.ts";
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
import { deleteBot } from "../bots/delete-bot.ts";
import { getBot } from "../bots/get-bot.ts";
import { revokeApiKey } from "../identity/api-keys/revoke-api-key.ts";
import { updateApiKey } from "../identity/api-keys/update-api-key.ts";
import { authorizeLease } from "./authorize-lease.ts";
import { forceTake } from "./force-take.ts";
import { freezeLease, unfreezeLease } from "./freeze-lease.ts";
import { handOver } from "./hand-over.ts";
import { releaseLease } from "./release-lease.ts";
import { revokeLease } from "./revoke-lease.ts";
import type { GrantedLease } from "./schemas.ts";
import { acquireForWorker, renewForWorker } from "./worker-leases.ts";

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

const owner = () => test.as(world.owner);
const ofBot = () => ({ botId: world.botId });
const holder = () => test.as(holderOf(world.key, world.botId, lease));
const rows = () => custodyRowsOf(test, world.botId);
const stale = { code: "stale-epoch", details: { extra: { epoch: 3 } } };
const tryWorker = () =>
  acquireForWorker(test.as({ kind: "worker", workerId: "wrk_b" }), { ...ofBot(), workerId: "wrk_b" });

describe("a revocation", () => {
  it("ends the lease at its next request, and nobody else is granted the bot for the lock-delay", async () => {
    await revokeLease(owner(), ofBot());
    for (const isExpiredAllowed of [false, true])
      await expect(authorizeLease(holder(), world.botId, { isExpiredAllowed })).rejects.toMatchObject(stale);
    expect(await tryWorker()).toBeNull();
    await expect(askForLease(test, world.key, world.botId)).rejects.toMatchObject({ code: "lease-held" });
    await letPass(test, world.botId, LOCK_DELAY_MS + 1);
    expect(await tryWorker()).toMatchObject({ epoch: 4, wasClean: false });
  });

  it("is told of, and safe to repeat", async () => {
    await revokeLease(owner(), ofBot());
    await revokeLease(owner(), ofBot());
    const told = await eventsOf(test, world.botId, "lease.revoked");
    expect(told.map(({ data }) => data)).toMatchObject([
      { epoch: 3, holder: null, why: "revoked", assignedTo: "workers", lease: { id: lease.leaseId, epoch: 2 } },
    ]);
    const audited = (await auditOf(test, lease.leaseId)).filter(({ action }) => action === "lease.revoke");
    expect(audited).toMatchObject([{ actorId: world.owner.userId, detail: { why: "revoked" } }]);
    expect((await rows()).bot).toMatchObject({ assignedTo: "workers", stateReason: "lease-revoked" });
  });

  it("ends a worker's lease too", async () => {
    await releaseLease(holder(), { ...ofBot(), finalRevision: lease.revision, clean: true });
    const worker = await takeByWorker(test, world.botId);
    await revokeLease(owner(), ofBot());
    expect(await renewForWorker(test.as({ kind: "worker", workerId: "wrk_test" }), worker)).toBe("lost");
  });

  it("is for owners and admins alone", async () => {
    const { teamId } = world.owner;
    for (const verb of [revokeLease, freezeLease, unfreezeLease, forceTake]) {
      for (const role of ["operator", "viewer"] as const)
        await expect(verb(test.as(await addPerson(test, teamId, role)), ofBot())).rejects.toMatchObject({
          code: "forbidden",
        });
      const key = await addKeyActor(test, world.owner, ["bots:read", "session:lease"]);
      await expect(verb(test.as(key), ofBot())).rejects.toMatchObject({ code: "forbidden" });
      const stranger = await addLeasable(test);
      await expect(verb(test.as(stranger.owner), ofBot())).rejects.toMatchObject({ code: "not-found" });
    }
    expect((await rows()).custody.epoch).toBe(2);
    await revokeLease(test.as(await addPerson(test, teamId, "admin")), ofBot());
    expect((await rows()).custody.epoch).toBe(3);
  });
});

describe("a frozen bot", () => {
  it("is held by nobody, whatever is asked, and a revocation does not free it", async () => {
    await freezeLease(owner(), ofBot());
    await expect(authorizeLease(holder(), world.botId)).rejects.toMatchObject(stale);
    await letPass(test, world.botId, 3_600_000);
    await revokeLease(owner(), ofBot());
    expect(await tryWorker()).toBeNull();
    for (const takeover of [false, true])
      await expect(askForLease(test, world.key, world.botId, { takeover })).rejects.toMatchObject({
        code: "bot-frozen",
      });
    await expect(handOver(owner(), { ...ofBot(), to: "workers" })).rejects.toMatchObject({ code: "bot-frozen" });
    await expect(forceTake(owner(), ofBot())).rejects.toMatchObject({ code: "bot-frozen" });
    expect((await rows()).custody.state).toBe("frozen");
  });

  it("shows it, and can be held again when it is unfrozen, with a recovery", async () => {
    await freezeLease(owner(), ofBot());
    expect(await getBot(owner(), ofBot())).toMatchObject({ reason: "custody-frozen", holder: null });
    await unfreezeLease(owner(), ofBot());
    await letPass(test, world.botId, LOCK_DELAY_MS + 1);
    expect(await takeLease(test, world.key, world.botId)).toMatchObject({ epoch: 4, clean: false });
  });

  it("that nobody held keeps its clean end", async () => {
    await releaseLease(holder(), { ...ofBot(), finalRevision: lease.revision, clean: true });
    await freezeLease(owner(), ofBot());
    await freezeLease(owner(), ofBot());
    await unfreezeLease(owner(), ofBot());
    expect(await takeLease(test, world.key, world.botId)).toMatchObject({ clean: true });
  });
});

describe("a hand-over", () => {
  it("by the holder goes to another key once it has released, and to nobody else meanwhile", async () => {
    const next = await addKeyActor(test, world.owner);
    const asked = await handOver(holder(), { ...ofBot(), to: next.keyId });
    expect(asked).toMatchObject({ to: next.keyId, deadline: expect.any(String) });
    expect(await handOver(holder(), { ...ofBot(), to: next.keyId })).toEqual(asked);
    await expect(handOver(holder(), { ...ofBot(), to: "workers" })).rejects.toMatchObject({ code: "lease-held" });
    expect(await askForLease(test, next, world.botId)).toMatchObject({ kind: "pending" });
    await releaseLease(holder(), { ...ofBot(), finalRevision: lease.revision, clean: true });
    expect(await tryWorker()).toBeNull();
    await expect(askForLease(test, world.key, world.botId)).rejects.toMatchObject({ code: "lease-held" });
    expect(await takeLease(test, next, world.botId)).toMatchObject({ epoch: 3, clean: true });
  });

  it("to the workers keeps every key away for a minute after the release", async () => {
    await handOver(test.as(world.key), { ...ofBot(), to: "workers" });
    await letPass(test, world.botId, 30_000);
    await releaseLease(holder(), { ...ofBot(), finalRevision: lease.revision, clean: true });
    await expect(askForLease(test, world.key, world.botId)).rejects.toMatchObject({ code: "lease-held" });
    await letPass(test, world.botId, 60_001);
    expect(await tryWorker()).toMatchObject({ wasClean: true });
  });

  it("goes only to a key of the team that may lease the bot", async () => {
    const stranger = await addLeasable(test);
    const plain = await addKeyActor(test, world.owner, ["bots:read"]);
    const ended = await addKeyActor(test, world.owner);
    await revokeApiKey(owner(), { keyId: ended.keyId });
    for (const to of [stranger.key.keyId, plain.keyId, ended.keyId, "nobody"])
      for (const verb of [handOver, forceTake])
        await expect(verb(owner(), { ...ofBot(), to })).rejects.toMatchObject({ code: "validation-failed" });
  });
});

describe("a holder that does not let go", () => {
  it("loses the bot to whom it is force-taken for", async () => {
    const next = await addKeyActor(test, world.owner);
    expect(await forceTake(owner(), { ...ofBot(), to: next.keyId })).toMatchObject({ to: next.keyId, deadline: null });
    await expect(authorizeLease(holder(), world.botId, { isExpiredAllowed: true })).rejects.toMatchObject(stale);
    await letPass(test, world.botId, LOCK_DELAY_MS + 1);
    expect(await tryWorker()).toBeNull();
    expect(await takeLease(test, next, world.botId)).toMatchObject({ epoch: 4, clean: false });
  });
});

describe("the end of an API key", () => {
  const ends = {
    revoked: () => revokeApiKey(owner(), { keyId: world.key.keyId }),
    disabled: () => updateApiKey(owner(), { keyId: world.key.keyId, disabled: true }),
  };
  it.each(Object.entries(ends))("(%s) ends its leases and reservations, and no other", async (_name, end) => {
    const other = await addLeasable(test);
    const theirs = await takeLease(test, other.key, other.botId);
    await end();
    await expect(authorizeLease(holder(), world.botId)).rejects.toMatchObject(stale);
    expect((await eventsOf(test, world.botId, "lease.revoked")).at(-1)?.data).toMatchObject({ why: "key-ended" });
    expect((await rows()).bot.assignedTo).toBe("workers");
    const { custody } = await custodyRowsOf(test, other.botId);
    expect(custody.epoch).toBe(theirs.epoch);
  });

  it("leaves a bot that is kept for the key to whoever asks", async () => {
    const next = await addKeyActor(test, world.owner);
    await forceTake(owner(), { ...ofBot(), to: next.keyId });
    await revokeApiKey(test.as(justConfirmed(test, world.owner)), { keyId: next.keyId });
    await letPass(test, world.botId, LOCK_DELAY_MS + 1);
    expect(await tryWorker()).not.toBeNull();
  });
});

describe("a bot that is deleted", () => {
  it("is taken from the microservice that holds it, so that a worker can unlink it", async () => {
    const { name } = await getBot(owner(), ofBot());
    await deleteBot(owner(), { ...ofBot(), confirm: name });
    await expect(authorizeLease(holder(), world.botId)).rejects.toMatchObject({ code: "not-found" });
    await letPass(test, world.botId, LOCK_DELAY_MS + 1);
    expect(await tryWorker()).toMatchObject({ epoch: 4 });
  });
});
