import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { surviveRejections } from "../../../worker/src/survive-rejections.ts";
import type { FaultControls } from "../../simulator/fault-controls.ts";
import { instead } from "./support/instead.ts";
import type { TestBot } from "./support/test-bot.ts";
import { until } from "./support/until.ts";
import { type TestWorker, WorkerWorld } from "./support/worker-world.ts";

type Fault = (faults: FaultControls, bot: TestBot) => void;

describe("a connection that ended", () => {
  let world: WorkerWorld;
  let worker: TestWorker;
  beforeAll(async () => {
    world = await WorkerWorld.open();
    // Logins are counted here: one that a busy machine makes slow must not be given up and made again.
    worker = await world.startWorker({ timings: { connectWatchdogMs: 120_000 } });
  });
  afterAll(() => world.close());

  it.each<[string, string, Fault]>([
    ["503", "backing-off:service-unavailable", (faults, bot) => faults.streamError(bot.phone, 503)],
    ["500", "backing-off:bad-session", (faults, bot) => faults.streamError(bot.phone, 500)],
    ["515", "connecting:restart-required", (faults, bot) => faults.streamError(bot.phone, 515)],
    ["the stream's end", "backing-off:connection-closed", (faults, bot) => faults.endStream(bot.phone)],
    ["an orderly close", "backing-off:connection-closed", (faults, bot) => faults.close(bot.phone)],
    ["a cut", "backing-off:connection-closed", (faults, bot) => faults.cut(bot.phone)],
    ["a stall", "backing-off:connection-lost", (faults, bot) => faults.stall(bot.phone)],
  ])("comes back by itself after %s", async (_, state, fault) => {
    const bot = await world.addBot();
    await bot.link();
    fault(world.simulator.faults, bot);
    await until(
      async () => bot.loginCount === 2 && (await bot.states()).includes(state),
      () => bot.states(),
    );
    await bot.untilState("online");
    expect(await bot.view()).toMatchObject({ desiredState: "running", linked: true });
    expect(bot.loginCount).toBe(2);
  });

  it.each<[string, string, Fault]>([
    ["440", "replaced:connection-replaced", (faults, bot) => faults.conflict(bot.phone)],
    ["402", "failed:payment-required", (faults, bot) => faults.failure(bot.phone, 402)],
    ["403", "failed:forbidden", (faults, bot) => faults.failure(bot.phone, 403)],
    ["405", "failed:client-outdated", (faults, bot) => faults.failure(bot.phone, 405)],
    ["411", "failed:multi-device-mismatch", (faults, bot) => faults.failure(bot.phone, 411)],
  ])("stays away after %s until somebody starts it", async (_, state, fault) => {
    const bot = await world.addBot();
    await bot.link();
    fault(world.simulator.faults, bot);
    await until(async () => (await bot.custody()).state === "free");
    // Linking another bot takes many readings of the wishes.
    await (await world.addBot()).link();
    const view = await bot.view();
    expect(`${view.state}:${view.reason}`).toBe(state);
    expect(view).toMatchObject({ desiredState: "stopped", linked: true });
    expect(bot.loginCount).toBe(1);
    await bot.command("start");
    await bot.untilState("online");
    expect(bot.loginCount).toBe(2);
  });

  it("keeps the session's rows but is unlinked after 401, and does not try again", async () => {
    const bot = await world.addBot();
    bot.phone.unlink(await bot.link());
    const view = await bot.untilState("logged-out", "logged-out");
    expect(view).toMatchObject({ desiredState: "stopped", linked: false });
    await until(async () => (await bot.custody()).state === "free");
    expect(await bot.authRecordCount()).toBeGreaterThan(800);
    expect(await bot.events("bot.logged_out")).toHaveLength(1);
    expect(bot.loginCount).toBe(1);
  });

  it("is not ended by a frame that cannot be read, nor are those of other bots", async () => {
    const [bot, other] = [await world.addBot(), await world.addBot()];
    await Promise.all([bot.link(), other.link()]);
    await bot.rejectAll();
    const restore = instead("unhandledRejection", surviveRejections(worker.deps.logger, worker.metrics));
    try {
      world.simulator.faults.garbageFrame(bot.phone);
      await until(async () => (await worker.metrics.survivedRejections.get()).values[0]?.value === 1);
      await bot.contact.placeCall(bot.phone).waitRejected();
    } finally {
      restore();
    }
    expect([bot.loginCount, other.loginCount]).toEqual([1, 1]);
  });

  it("asks no more of the server than the protocol allows", () => {
    world.simulator.assertClean();
  });
});

describe("a connection that is never made", () => {
  let world: WorkerWorld;
  beforeAll(async () => {
    world = await WorkerWorld.open();
    await world.startWorker({ timings: { connectWatchdogMs: 6_000 } });
  });
  afterAll(() => world.close());

  it.each<[string, (faults: FaultControls) => void]>([
    ["is answered with HTTP 503", (faults) => faults.refuseUpgrade(503)],
    ["meets silence", (faults) => faults.silentHandshake()],
  ])("is given up by the watchdog when the next one %s", async (_, fault) => {
    const bot = await world.addBot();
    await bot.link();
    fault(world.simulator.faults);
    world.simulator.faults.cut(bot.phone);
    await until(async () => (await bot.states()).includes("backing-off:connect-timeout"));
    await bot.untilState("online");
    expect(bot.loginCount).toBeGreaterThan(1);
  });
});
