import { custody } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { serveWorkerHttp } from "../../../worker/src/http.ts";
import { until } from "./support/until.ts";
import { WorkerWorld } from "./support/worker-world.ts";

describe("a worker that stops", () => {
  let world: WorkerWorld;
  beforeEach(async () => {
    world = await WorkerWorld.open();
  });
  afterEach(() => world.close());

  it("finishes the reply under way, gives its bots back clean, and the next one needs no recovery", async () => {
    const worker = await world.startWorker({ timings: { replyDelayMs: () => 500 } });
    const bot = await world.addBot();
    await bot.link();
    await bot.rejectAll("Please write instead.");
    const call = bot.contact.placeCall(bot.phone);
    await call.waitRejected();
    await world.stopWorker(worker);
    expect(bot.contact.inbox.map(({ text }) => text)).toEqual(["Please write instead."]);
    expect(await bot.findCall(call)).toMatchObject({ rejectStatus: "confirmed", replyMessageId: expect.any(String) });
    expect(await bot.findCall(call)).not.toMatchObject({ replyStatus: "pending" });
    expect(await bot.custody()).toMatchObject({ state: "free", isClean: true });
    expect(await bot.view()).toMatchObject({
      state: "backing-off",
      reason: "worker-shutdown",
      desiredState: "running",
    });
    await world.startWorker({ workerId: "worker-2" });
    await bot.untilState("online");
    await bot.contact.placeCall(bot.phone).waitRejected();
    await until(() => bot.contact.inbox.length === 2);
    world.simulator.assertClean();
  });
});

describe("a worker that finds a bot whose end was not clean", () => {
  it("recovers the session before it connects", async () => {
    const world = await WorkerWorld.open();
    const worker = await world.startWorker();
    const bot = await world.addBot();
    await bot.link();
    await bot.rejectAll("Please write instead.");
    bot.contact.placeCall(bot.phone);
    await bot.contact.waitForText();
    await bot.untilQuiet();
    await world.stopWorker(worker);
    expect(await bot.authRecordCount("device-list")).toBeGreaterThan(0);
    await world.db.write(async (tx) => {
      await tx.update(custody).set({ isClean: false }).where(eq(custody.botId, bot.id));
    });
    await world.startWorker();
    await bot.untilState("online");
    expect(await bot.authRecordCount("device-list")).toBe(0);
    bot.contact.placeCall(bot.phone);
    await until(() => bot.contact.inbox.length === 2);
    world.simulator.assertClean();
    await world.close();
  });
});

describe("the worker's own port", () => {
  it("tells that it lives and is ready, and shows figures to whoever may see them", async () => {
    const world = await WorkerWorld.open();
    const { worker, metrics } = world.makeWorker();
    const bases = { worker, metrics, hostname: "127.0.0.1", port: 0 };
    const open = await serveWorkerHttp({ ...bases, token: null });
    const guarded = await serveWorkerHttp({ ...bases, token: "right" });
    const status = async (port: number, path: string, headers: Record<string, string> = {}) =>
      (await fetch(`http://127.0.0.1:${port}${path}`, { headers })).status;
    expect(await status(open.port, "/health")).toBe(200);
    expect(await status(open.port, "/ready")).toBe(503);
    await worker.start();
    await until(async () => (await status(open.port, "/ready")) === 200);
    expect(await status(open.port, "/metrics")).toBe(200);
    expect(await status(guarded.port, "/metrics")).toBe(401);
    expect(await status(guarded.port, "/metrics", { authorization: "Bearer wrong" })).toBe(401);
    expect(await status(guarded.port, "/metrics", { authorization: "Bearer right" })).toBe(200);
    expect(await status(open.port, "/elsewhere")).toBe(404);
    await Promise.all([open.close(), guarded.close()]);
    await world.close();
  });
});
