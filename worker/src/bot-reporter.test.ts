import type { ServiceContext } from "@switchboard/core/context";
import { createIds } from "@switchboard/core/crypto/ids";
import { addLeasable, takeByWorker } from "@switchboard/core/testing/leases";
import { createTestContext, type TestContext } from "@switchboard/core/testing/test-context";
import { type BotId, bots, custody, events } from "@switchboard/db/schema";
import type { Database } from "@switchboard/db/types";
import { createLogger } from "@switchboard/host/logger";
import { and, asc, eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BotReporter } from "./bot-reporter.ts";

let test: TestContext;
let botId: BotId;
let reporter: BotReporter;
/** What every write waits for before it reaches the database. */
let gate: PromiseWithResolvers<void>;

beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());
beforeEach(async () => {
  ({ botId } = await addLeasable(test));
  const lease = await takeByWorker(test, botId);
  gate = Promise.withResolvers();
  const slow: Database = {
    ...test.db,
    reader: test.db.reader,
    write: (work) => gate.promise.then(() => test.db.write(work)),
  };
  const ctx: ServiceContext = {
    ...test.as({ kind: "worker", workerId: "wrk_test" }),
    db: slow,
    ids: createIds(test.clock),
  };
  reporter = new BotReporter({ ctx, logger: createLogger("worker", "silent"), timings: { storePatienceMs: 5 } }, lease);
});

const connecting = { state: "connecting", reason: null } as const;
const online = { state: "online", reason: null, isLinked: true } as const;
const statesTold = async () => {
  const ofBot = and(eq(events.botId, botId), eq(events.type, "bot.state"));
  const told = await test.db.reader.select().from(events).where(ofBot).orderBy(asc(events.sequence));
  return told.map(({ data }) => data.state);
};
const stateNow = async () => {
  const [row] = await test.db.reader.select({ state: bots.state }).from(bots).where(eq(bots.id, botId));
  return row?.state;
};

describe("a report that the database does not answer", () => {
  it("holds nothing up, and is written in its order when the answer comes", async () => {
    const before = await statesTold();
    await reporter.say(connecting);
    await reporter.say(online);
    expect(reporter.isSettled).toBe(false);
    gate.resolve();
    await reporter.ended();
    expect(reporter.isSettled).toBe(true);
    expect(await stateNow()).toBe("online");
    expect((await statesTold()).slice(before.length)).toEqual(["connecting", "online"]);
  });

  it("is one of those that are written at a time, however many are said", async () => {
    await Promise.all([reporter.say(connecting), reporter.say(online), reporter.say(connecting)]);
    const [one, other] = [reporter.ended(), reporter.ended()];
    expect(one).toBe(other);
    gate.resolve();
    await one;
    expect(await stateNow()).toBe("connecting");
  });

  it("is kept with its facts when the database refuses for a moment, and written by the next flush", async () => {
    gate.reject(Object.assign(new Error("away"), { code: "database_unavailable" }));
    await reporter.say({ ...online, pushName: "Ada" });
    expect(reporter.isSettled).toBe(false);
    gate = Promise.withResolvers();
    gate.resolve();
    await reporter.say(connecting);
    await reporter.ended();
    const [row] = await test.db.reader.select().from(bots).where(eq(bots.id, botId));
    expect(row).toMatchObject({ state: "connecting", pushName: "Ada" });
  });

  it("is refused when the lease ended meanwhile, and again when it is repeated", async () => {
    const before = await stateNow();
    await reporter.say(connecting);
    await test.db.write(async (tx) => {
      await tx.update(custody).set({ epoch: 99 }).where(eq(custody.botId, botId));
    });
    gate.resolve();
    await expect(reporter.ended()).rejects.toMatchObject({ code: "stale-epoch" });
    await expect(reporter.ended()).rejects.toMatchObject({ code: "stale-epoch" });
    expect(await stateNow()).toBe(before);
  });
});
