import { events, workers } from "@switchboard/db/schema";
import { eq, isNull } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { heartbeatWorker, noteSilentWorkers, registerWorker, WORKER_SILENT_MS } from "./register-worker.ts";

let test: TestContext;
const worker = { workerId: "wrk_a", instanceId: "wrk_1", version: "0.1.0" };

beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());

const ctx = () => test.as({ kind: "worker", workerId: "wrk_a" });
const told = async () => {
  const rows = await test.db.reader.select().from(events).where(isNull(events.teamId));
  return rows.map((event) => event.type);
};

it("tells once that a worker went silent, and tells when it is back", async () => {
  await registerWorker(ctx(), worker);
  test.clock.advanceMs(WORKER_SILENT_MS + 1);
  await Promise.all([noteSilentWorkers(ctx()), noteSilentWorkers(ctx())]);
  await noteSilentWorkers(ctx());
  expect(await told()).toEqual(["worker.up", "worker.down"]);
  expect(await heartbeatWorker(ctx(), worker, 1)).toBe(true);
  const [row] = await test.db.reader.select().from(workers).where(eq(workers.id, "wrk_a"));
  expect(row).toMatchObject({ stoppedAtMs: null, botCount: 1 });
  expect(await told()).toEqual(["worker.up", "worker.down", "worker.up"]);
});

it("tells an older process that another one has taken its id", async () => {
  await registerWorker(ctx(), { ...worker, instanceId: "wrk_2" });
  expect(await heartbeatWorker(ctx(), worker, 0)).toBe(false);
});
