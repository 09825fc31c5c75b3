import { cancelPairing } from "@switchboard/core/services/bots/pairing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stanza } from "../../simulator/wire/binary-node.ts";
import { until } from "./support/until.ts";
import { type TestWorker, WorkerWorld } from "./support/worker-world.ts";

describe("a pairing", () => {
  let world: WorkerWorld;
  let worker: TestWorker;
  beforeAll(async () => {
    world = await WorkerWorld.open();
    worker = await world.startWorker();
  });
  afterAll(() => world.close());

  it("links by a code as well as by a QR text", async () => {
    const bot = await world.addBot();
    await bot.phone.typePairingCode(await bot.beginPairing("code"));
    await bot.untilState("online");
    await until(async () => (await bot.pairing()).state === "linked");
  });

  it("that is cancelled ends the connection and leaves the bot stopped", async () => {
    const bot = await world.addBot();
    const qr = await bot.beginPairing();
    await cancelPairing(world.admin, { botId: bot.id });
    await bot.untilState("stopped");
    await until(async () => (await bot.custody()).state === "free");
    await expect(bot.phone.scanQr(qr)).rejects.toThrow("no connected companion");
  });

  it("that is replaced shows a code of the new attempt only", async () => {
    const bot = await world.addBot();
    const first = await bot.beginPairing();
    await bot.phone.scanQr(
      await until(async () => ((await bot.beginPairing()) === first ? null : ((await bot.pairing()).qr ?? null))),
    );
    await bot.untilState("online");
    await expect(bot.phone.scanQr(first)).rejects.toThrow("no connected companion");
  });

  it("that ends with 401 before the code was typed is a refused pairing and no logout", async () => {
    const bot = await world.addBot();
    await bot.beginPairing("code");
    const companion = [...world.simulator.world.connections].find(({ registration }) => registration?.codeRequest);
    companion?.send(stanza("failure", { reason: "401" }));
    companion?.close();
    await bot.untilState("stopped", "pairing-failed");
    expect(await bot.pairing()).toMatchObject({ state: "failed", reason: "refused" });
    expect(await bot.events("bot.logged_out")).toEqual([]);
    await bot.link();
  });

  it.each(["qr", "code"] as const)("by %s says so when the account wants a passkey", async (method) => {
    const bot = await world.addBot();
    bot.phone.linkRefusal = "passkey-required";
    const secret = await bot.beginPairing(method);
    const linking = method === "qr" ? bot.phone.scanQr(secret) : bot.phone.typePairingCode(secret);
    await expect(linking).rejects.toThrow("passkey-required");
    await bot.untilState("stopped", "pairing-failed");
    expect(await bot.pairing()).toMatchObject({ state: "failed", reason: "passkey-required" });
  });

  it("that the phone has accepted goes on with its identity although the worker was restarted", async () => {
    const bot = await world.addBot();
    const qr = await bot.beginPairing();
    world.simulator.faults.failNextLogin(bot.phone, 503, 1_000);
    const device = await bot.phone.scanQr(qr);
    await until(() => bot.states().then((states) => states.includes("backing-off:service-unavailable")));
    expect(await bot.pairing()).toMatchObject({ state: "linking" });
    await world.stopWorker(worker);
    world.simulator.faults.failNextLogin(bot.phone, 503, 0);
    worker = await world.startWorker();
    await bot.untilState("online");
    expect(bot.phone.devices).toEqual([device]);
    await until(async () => (await bot.pairing()).state === "linked");
  });

  it("after a logout makes a new identity", async () => {
    const bot = await world.addBot();
    const { identityKey } = await bot.link();
    await bot.command("logout");
    await bot.untilState("logged-out", "logged-out-by-user");
    expect(bot.phone.devices).toEqual([]);
    expect(await bot.authRecordCount()).toBe(0);
    const device = await bot.link();
    expect(device.identityKey.equals(identityKey)).toBe(false);
  });

  it("begins anew after the worker was restarted in the middle", async () => {
    const bot = await world.addBot();
    const first = await bot.beginPairing();
    await world.stopWorker(worker);
    worker = await world.startWorker();
    const second = await until(async () => {
      const { qr } = await bot.pairing();
      return qr !== undefined && qr !== first ? qr : null;
    });
    await bot.phone.scanQr(second);
    await bot.untilState("online");
  });

  it("breaks no rule of the protocol", () => {
    world.simulator.assertClean();
  });
});
