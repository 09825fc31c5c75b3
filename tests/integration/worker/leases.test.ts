import { custody } from "@switchboard/db/schema";
import type { Database } from "@switchboard/db/types";
import { eq, sql } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TranscriptEvent } from "../../simulator/index.ts";
import { until } from "./support/until.ts";
import { WorkerWorld } from "./support/worker-world.ts";

const SHORT_LEASE_MS = 6_000;
/** Of a lease that must outlive an outage, on a slow machine too. */
const LONG_LEASE_MS = 15_000;

describe("the leases of workers", () => {
  let world: WorkerWorld;
  beforeEach(async () => {
    world = await WorkerWorld.open();
  });
  afterEach(() => world.close());

  it("let two workers share the bots, with one connection for each bot", async () => {
    await Promise.all([world.startWorker({ workerId: "worker-1" }), world.startWorker({ workerId: "worker-2" })]);
    const bots = [await world.addBot(), await world.addBot(), await world.addBot()];
    await Promise.all(bots.map((bot) => bot.link()));
    const states = await Promise.all(bots.map((bot) => bot.states()));
    expect(states.flat()).not.toContain("replaced:connection-replaced");
    expect(world.simulator.world.connections.size).toBe(3);
    world.simulator.assertClean();
  });

  it("close the socket of a holder that lost its bot, which writes nothing more", async () => {
    await world.startWorker({ leaseTtlMs: SHORT_LEASE_MS });
    const bot = await world.addBot();
    const device = await bot.link();
    const stolen = {
      epoch: sql`${custody.epoch} + 1`,
      holderKind: "key" as const,
      holderId: "key_1",
      leaseId: "lse_x",
    };
    await world.db.write(async (tx) => {
      await tx.update(custody).set(stolen).where(eq(custody.botId, bot.id));
    });
    await until(() => !device.isOnline);
    const before = [await bot.custody(), await bot.row()];
    // Another bot's linking takes many readings of the wishes.
    await (await world.addBot()).link();
    expect([await bot.custody(), await bot.row()]).toEqual(before);
    expect(bot.loginCount).toBe(1);
  });

  it("keep the socket through an outage of the database that is shorter than the lease", async () => {
    const outage = makeOutage();
    const { metrics } = await world.startWorker({ leaseTtlMs: LONG_LEASE_MS, db: outage.wrap });
    const bot = await world.addBot();
    await bot.link();
    await bot.untilQuiet();
    outage.begin();
    await until(() => outage.refusedCount >= 3);
    outage.end();
    const { expiresAtMs } = await bot.custody();
    await until(async () => (await bot.custody()).expiresAtMs > expiresAtMs);
    expect(bot.device.isOnline).toBe(true);
    expect(bot.loginCount).toBe(1);
    expect((await metrics.leasesLost.get()).values[0]?.value).toBe(0);
  });

  it("close the socket before the lease runs out when the database stays away, and take the bot back after it", async () => {
    const outage = makeOutage();
    await world.startWorker({ leaseTtlMs: SHORT_LEASE_MS, db: outage.wrap });
    const bot = await world.addBot();
    const device = await bot.link();
    await bot.untilQuiet();
    const { transcript } = world.simulator;
    const { position } = transcript;
    outage.begin();
    const isClosed = (event: TranscriptEvent) => event.kind === "closed" && event.device === device.jid;
    const closed = await transcript.waitFor(isClosed, undefined, position);
    const { epoch, expiresAtMs } = await bot.custody();
    expect(expiresAtMs).toBeGreaterThan(closed.atMs);
    outage.end();
    await until(() => device.isOnline);
    expect((await bot.custody()).epoch).toBeGreaterThan(epoch);
    await bot.untilState("online");
  });

  it("pass to a new process of the same worker id at once, and end the old one", async () => {
    const old = await world.startWorker({ timings: { rejectTryMs: 60_000, heartbeatMs: 60_000 } });
    const bot = await world.addBot();
    await bot.link();
    await bot.rejectAll("Please write instead.");
    world.simulator.faults.dropRejectAcks(bot.phone);
    const call = bot.contact.placeCall(bot.phone);
    await call.waitRejected();
    const { epoch } = await bot.custody();
    await world.startWorker();
    await until(async () => (await bot.custody()).epoch === epoch + 1);
    // What the old process left unfinished is said as it is: nobody knows of an acknowledgement.
    const row = await bot.untilCall(call, ({ rejectStatus }) => rejectStatus !== "pending");
    expect(row).toMatchObject({ rejectStatus: "failed", replyStatus: "moot" });
    await bot.untilState("online");
    expect(await bot.states()).not.toContain("replaced:connection-replaced");
    await old.worker.replaced;
    await world.stopWorker(old);
    expect((await bot.custody()).epoch).toBe(epoch + 1);
    expect(bot.device.isOnline).toBe(true);
    expect(bot.contact.inbox).toEqual([]);
  });

  it("tell the process whose worker id was taken over to end", async () => {
    const old = await world.startWorker();
    await world.startWorker();
    await old.worker.replaced;
  });
});

/** Stands in front of the database and can refuse everything, as a server does that is away. */
function makeOutage() {
  let isAway = false;
  let refusedCount = 0;
  const refuse = () => {
    refusedCount += 1;
    return Promise.reject(new Error("the database is away"));
  };
  return {
    begin: () => {
      isAway = true;
    },
    end: () => {
      isAway = false;
    },
    get refusedCount() {
      return refusedCount;
    },
    wrap: (real: Database): Database => ({
      ...real,
      write: (work) => (isAway ? refuse() : real.write(work)),
      writeBatch: (build) => (isAway ? refuse() : real.writeBatch(build)),
      readBatch: (build) => (isAway ? refuse() : real.readBatch(build)),
    }),
  };
}
