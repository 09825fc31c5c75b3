import { findEventsOfBot, findGrantEvent, findNewestSequence } from "@switchboard/db/queries/lease-events";
import { events } from "@switchboard/db/schema";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { eventsOf } from "../../testing/calls.ts";
import { addKeyActor, addLeasable, askForLease, holderOf, letPass, takeLease } from "../../testing/leases.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { followLease, type LeaseMessage } from "./follow-lease.ts";
import { handOver } from "./hand-over.ts";
import { releaseLease } from "./release-lease.ts";
import { revokeLease } from "./revoke-lease.ts";
import type { GrantedLease } from "./schemas.ts";

let test: TestContext;
let world: Awaited<ReturnType<typeof addLeasable>>;
let lease: GrantedLease;
let end: AbortController;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());
beforeEach(async () => {
  world = await addLeasable(test);
  lease = await takeLease(test, world.key, world.botId, { ttlSeconds: 60 });
  end = new AbortController();
});

const ofBot = () => ({ botId: world.botId });
const holder = () => test.as(holderOf(world.key, world.botId, lease));
const follow = (afterSequence: number | null = null, ctx = holder()) =>
  followLease(ctx, { ...ofBot(), afterSequence }, end.signal);

/** The next thing that is said; null when the stream is over. */
async function next(stream: Awaited<ReturnType<typeof follow>>): Promise<LeaseMessage | null> {
  for (;;) {
    const { value, done } = await stream.next();
    if (done) return null;
    if (value.event !== null) return value;
  }
}

describe("the events of a lease", () => {
  it("tell of the drain, then of the release, and end", async () => {
    const stream = await follow();
    await stream.next();
    await handOver(test.as(world.owner), { ...ofBot(), to: "workers" });
    const name = { botId: world.botId, leaseId: lease.leaseId, epoch: lease.epoch };
    expect(await next(stream)).toMatchObject({ event: "drain", data: { ...name, drain: { to: "workers" } } });
    await releaseLease(holder(), { ...ofBot(), finalRevision: lease.revision, clean: true });
    expect(await next(stream)).toMatchObject({ event: "released", data: { ...name, clean: true } });
    expect(await next(stream)).toBeNull();
  });

  it("tell of a revocation, and end", async () => {
    const stream = await follow();
    await stream.next();
    await revokeLease(test.as(world.owner), ofBot());
    expect(await next(stream)).toMatchObject({ event: "revoked", data: { why: "revoked", epoch: lease.epoch } });
    expect(await next(stream)).toBeNull();
  });

  it("warn once when renewals were missed, and end with the lease", async () => {
    await letPass(test, world.botId, 41_000);
    const stream = await follow();
    expect(await next(stream)).toMatchObject({ event: "expiring", data: { leaseId: lease.leaseId } });
    await letPass(test, world.botId, 20_000);
    expect(await next(stream)).toBeNull();
  });

  it("say at once that the lease was asked back before anybody listened", async () => {
    await handOver(test.as(world.owner), { ...ofBot(), to: "workers" });
    expect(await next(await follow())).toMatchObject({ event: "drain" });
  });

  it("go on after a place without a gap or a repetition, also past the end of the lease", async () => {
    const stream = await follow();
    await stream.next();
    await handOver(test.as(world.owner), { ...ofBot(), to: "workers" });
    const drain = await next(stream);
    await stream.return();
    await revokeLease(test.as(world.owner), ofBot());
    const again = await follow(drain?.sequence ?? 0);
    expect(await next(again)).toMatchObject({ event: "revoked" });
    expect(await next(again)).toBeNull();
  });

  it("are of this lease alone", async () => {
    await revokeLease(test.as(world.owner), ofBot());
    await letPass(test, world.botId, 10_000);
    const second = await takeLease(test, world.key, world.botId);
    const stream = await follow(0, test.as(holderOf(world.key, world.botId, second)));
    await stream.next();
    await revokeLease(test.as(world.owner), ofBot());
    expect(await next(stream)).toMatchObject({ event: "revoked", data: { leaseId: second.leaseId } });
    expect(await next(stream)).toBeNull();
  });

  it("begin at the grant of the lease, and the place goes on over whatever else happens", async () => {
    const stream = await follow(0);
    const [granted] = await eventsOf(test, world.botId, "lease.acquired");
    expect((await stream.next()).value).toMatchObject({ sequence: granted?.sequence, event: null });
    const noise = { type: "call.screened", teamId: world.owner.teamId, atMs: 1, data: {} };
    const rows = Array.from({ length: 120 }, (_, i) => ({
      ...noise,
      id: `evt_${world.botId}_${i}`,
      botId: world.botId,
    }));
    await test.db.write(async (tx) => {
      await tx.insert(events).values(rows);
    });
    const [newest] = await findNewestSequence(test.db.reader);
    expect((await stream.next()).value).toEqual({ sequence: newest?.value, event: null });
  });

  it("cost what is about the lease, not what the bot went through", async () => {
    const wanted = { botId: world.botId, types: ["lease.drain", "lease.revoked"], afterSequence: 0, limit: 50 };
    // A connection that explained a query goes on reading the snapshot of that moment.
    const { reader } = await test.openAgain();
    for (const query of [
      findEventsOfBot(reader, wanted),
      findGrantEvent(reader, { ...world, leaseId: lease.leaseId }),
    ]) {
      const [step] = await reader.all<{ detail: string }>(sql`explain query plan ${query.getSQL()}`);
      expect(step?.detail).toMatch(/^SEARCH events USING INDEX events_bot_type_sequence \(bot_id=\? AND type=\?/);
    }
  });

  it("are for its holder alone, and end when nobody listens", async () => {
    const other = test.as(await addKeyActor(test, world.owner));
    await expect(follow(null, other)).rejects.toMatchObject({ code: "lease-lost" });
    await expect(follow(0, other)).rejects.toMatchObject({ code: "lease-lost" });
    const stranger = await addLeasable(test);
    await expect(follow(0, test.as(stranger.key))).rejects.toMatchObject({ code: "not-found" });
    const elsewhere = followLease(holder(), { botId: stranger.botId, afterSequence: 0 }, end.signal);
    await expect(elsewhere).rejects.toMatchObject({ code: "not-found" });
    const stream = await follow(null, test.as(world.key));
    await stream.next();
    end.abort();
    expect(await next(stream)).toBeNull();
  });

  it("without a place are not told for a lease that is over", async () => {
    await letPass(test, world.botId, 70_000);
    await askForLease(test, world.key, world.botId);
    await expect(follow()).rejects.toMatchObject({ code: "stale-epoch" });
  });
});
