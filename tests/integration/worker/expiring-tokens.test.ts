import { addBot, addTeam } from "@switchboard/core/testing/factories";
import { addTokenRows } from "@switchboard/core/testing/tokens";
import { events } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { until } from "./support/until.ts";
import { WorkerWorld } from "./support/worker-world.ts";

let world: WorkerWorld;
beforeAll(async () => {
  world = await WorkerWorld.open();
});
afterAll(() => world.close());

it("workers tell of a session token that is about to end, once between them, and of no other", async () => {
  const { test, db } = world;
  const owner = await addTeam(test);
  const botId = await addBot(test, owner);
  test.clock.setMs(Date.now() - 55 * 60_000);
  await addTokenRows(test, { botId, owner }, { soon: 3_600_000, later: 7_200_000 });
  const told = () =>
    db.reader.select({ data: events.data }).from(events).where(eq(events.type, "session.token_expiring"));
  const quick = { timings: { expiringTokensMs: 10 } };
  const workers = [await world.startWorker(quick), await world.startWorker({ ...quick, workerId: "worker-2" })];
  await until(async () => (await told()).length > 0);
  for (const worker of workers) await world.stopWorker(worker);
  expect((await told()).map(({ data }) => data)).toMatchObject([{ id: "soon" }]);
});
