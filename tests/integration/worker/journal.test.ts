// The repairs come before anything that loads Baileys: imports run in their order here.
import "../../../worker/src/whatsapp/repairs/install.ts";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { readHeldAuthState } from "@switchboard/core/services/auth-state/read-auth-state";
import { openDatabase } from "@switchboard/db/client";
import { custody } from "@switchboard/db/schema";
import type { Database } from "@switchboard/db/types";
import { eq } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CHAIN_MESSAGES_MAX } from "../../../worker/src/journal/chain-limit.ts";
import { JournalWriter } from "../../../worker/src/journal/journal-file.ts";
import type { TranscriptEvent } from "../../simulator/index.ts";
import { type CutProxy, startCutProxy } from "./support/cut-proxy.ts";
import { type Driver, startDriver } from "./support/driver.ts";
import { openSqldGround, type SqldGround } from "./support/sqld-ground.ts";
import type { TestBot } from "./support/test-bot.ts";
import { until } from "./support/until.ts";
import { WorkerWorld } from "./support/worker-world.ts";

/** Of a lease that must not end in an outage, on a slow machine neither. */
const LEASE_MS = 60_000;
/** The same, where its renewals are waited for. */
const RENEWED_LEASE_MS = 15_000;
/** Of a lease that is to end: several times what a conversation within it takes. */
const SHORT_LEASE_MS = 8_000;

describe("a session whose database is away", () => {
  let ground: SqldGround;
  let world: WorkerWorld;
  let proxy: CutProxy;
  let behindProxy: Database;
  let driver: Driver;
  let bot: TestBot;

  beforeEach(async () => {
    ground = await openSqldGround();
    world = await WorkerWorld.open(ground);
    proxy = await startCutProxy(ground.sqld.httpUrl);
    behindProxy = await openDatabase({ url: proxy.url });
  });
  afterEach(async () => {
    ground.sqld.resume();
    proxy.mend();
    await driver.stop();
    await world.close();
    await behindProxy.close();
    await proxy.stop();
  });

  /** A linked bot that has talked, held by a worker whose way to the database can be cut. */
  const begin = async (leaseTtlMs = LEASE_MS) => {
    driver = startDriver(world, { leaseTtlMs, db: () => behindProxy });
    bot = await world.addBot(2);
    await bot.link();
    await talk("before");
    await bot.untilQuiet();
  };
  /** Both ways with every contact. */
  const talk = async (about: string, by: Driver = driver) => {
    for (const contact of bot.contacts) {
      await contact.sendText(bot.phone, `to the bot ${about}`);
      expect(await by.say(bot, contact, `from the bot ${about}`)).toBe("taken");
      await contact.waitForText(({ text }) => text === `from the bot ${about}`);
    }
    await bot.phone.waitDelivered(bot.device);
  };
  const filesOf = async () => (await readdir(join(world.dataDir, "sessions", bot.id)).catch(() => [])).sort();
  const heardTwice = () =>
    bot.contacts.filter(({ inbox }) => new Set(inbox.map(({ text }) => text)).size < inbox.length).length;

  it("goes on through half a lease with a server that answers nothing, and loses no step of it", async () => {
    await begin(RENEWED_LEASE_MS);
    const { epoch, expiresAtMs } = await bot.custody();
    // Just renewed: the whole time until the deadline is left, on a slow machine too.
    await until(async () => (await bot.custody()).expiresAtMs > expiresAtMs);
    ground.sqld.pause();
    await talk("while it is stopped");
    ground.sqld.resume();
    await until(async () => (await bot.custody()).expiresAtMs > Date.now() + RENEWED_LEASE_MS / 2);
    await talk("after it");
    await driver.stop();
    expect(await bot.custody()).toMatchObject({ epoch, isClean: true });
    expect(bot.loginCount).toBe(1);
    expect(await filesOf()).toEqual([]);
    // A clean end is not recovered from: had the database missed a step, the next life would use a key again.
    driver = startDriver(world, { leaseTtlMs: LEASE_MS });
    await bot.untilState("online");
    await talk("in the next life");
    expect(heardTwice()).toBe(0);
    world.simulator.assertClean();
  });

  it("closes its socket by the deadline of the lease, and brings every step to the database after twice of it", async () => {
    await begin(SHORT_LEASE_MS);
    const { epoch, authRevision, expiresAtMs } = await bot.custody();
    await until(async () => (await bot.custody()).expiresAtMs > expiresAtMs);
    await ground.sqld.kill9();
    const goneAtMs = performance.now();
    await talk("while it is dead");
    await until(() => !bot.device.isOnline);
    expect(await filesOf()).toEqual([`e${epoch}`]);
    await until(() => performance.now() - goneAtMs > SHORT_LEASE_MS * 2);
    await ground.sqld.restart();
    await until(() => bot.device.isOnline);
    const after = await bot.custody();
    expect(after.epoch).toBeGreaterThan(epoch);
    expect(after.authRevision).toBeGreaterThan(authRevision);
    await talk("after it");
    expect(await filesOf()).toEqual([`e${after.epoch}`]);
    expect(heardTwice()).toBe(0);
    world.simulator.assertClean();
  });

  it("is brought to the database by the next process of the worker, before its lease raises the epoch", async () => {
    await begin();
    const { epoch, authRevision } = await bot.custody();
    proxy.cut();
    await talk("while it is cut off");
    await driver.kill();
    expect((await bot.custody()).authRevision).toBe(authRevision);
    const journalled = await readFile(join(world.dataDir, "sessions", bot.id, `e${epoch}`, "journal"));
    expect(journalled.toString("latin1")).not.toContain("while it is cut off");
    await world.makeWorker().deps.places.replayLeftovers();
    const replayed = await bot.custody();
    expect(replayed.epoch).toBe(epoch);
    expect(replayed.authRevision).toBeGreaterThan(authRevision);
    expect(await filesOf()).toEqual([]);
    driver = startDriver(world, { leaseTtlMs: LEASE_MS });
    await until(() => (driver.epochOf(bot) ?? 0) > epoch);
    await until(() => bot.device.isOnline);
    await talk("in the next process");
    expect(await filesOf()).toEqual([`e${driver.epochOf(bot)}`]);
    expect(heardTwice()).toBe(0);
    world.simulator.assertClean();
  });

  it("is refused, kept and recovered from when somebody else took over meanwhile", async () => {
    await begin(SHORT_LEASE_MS);
    const { epoch, expiresAtMs } = await bot.custody();
    await until(async () => (await bot.custody()).expiresAtMs > expiresAtMs);
    const { position } = world.simulator.transcript;
    proxy.cut();
    await talk("while it is cut off");
    const isClosed = ({ kind, device }: TranscriptEvent) => kind === "closed" && device === bot.device.jid;
    const closed = await world.simulator.transcript.waitFor(isClosed, undefined, position);
    expect((await bot.custody()).expiresAtMs).toBeGreaterThan(closed.atMs);
    const other = startDriver(world, { workerId: "worker-2", leaseTtlMs: LEASE_MS });
    await until(() => bot.device.isOnline);
    expect(await bot.custody()).toMatchObject({ epoch: epoch + 1, wasClean: false });
    await talk("with the other", other);
    proxy.mend();
    const kept = await until(async () => (await filesOf()).find((name) => name.startsWith("kept-")) ?? null);
    expect(kept).toMatch(new RegExp(`^kept-e${epoch}-other-holder-\\d+$`));
    await talk("after the refusal", other);
    expect(await bot.custody()).toMatchObject({ epoch: epoch + 1 });
    await other.stop();
    expect(heardTwice()).toBe(0);
    world.simulator.assertClean();
  });

  it("connects to WhatsApp again from the disk, and forgets nothing by it", async () => {
    await begin();
    const { epoch, authRevision } = await bot.custody();
    proxy.cut();
    await talk("while it is cut off");
    world.simulator.faults.close(bot.phone);
    await until(() => !bot.device.isOnline);
    await bot.phone.waitOnline(bot.device);
    await talk("while it is still cut off");
    expect(bot.loginCount).toBe(2);
    proxy.mend();
    await until(async () => (await bot.custody()).authRevision > authRevision);
    await talk("after it");
    expect((await bot.custody()).epoch).toBe(epoch);
    expect(heardTwice()).toBe(0);
    world.simulator.assertClean();
  });

  it("ends the connection after 48 messages of a chain, or at once when the disk is full, too, and goes on when the database is back", async () => {
    await begin();
    const { epoch } = await bot.custody();
    const [contact] = bot.contacts;
    if (contact === undefined) throw new Error("no contact");
    const heardBefore = contact.inbox.length;
    proxy.cut();
    await expect(
      (async () => {
        for (;;) await driver.say(bot, contact, "one after the other");
      })(),
    ).rejects.toThrow();
    // The own phone has a copy of each in its chain, which the phone does not answer.
    await until(() => contact.inbox.length === heardBefore + CHAIN_MESSAGES_MAX);
    await until(() => !bot.device.isOnline);
    proxy.mend();
    await until(() => bot.device.isOnline);
    await talk("after it");
    expect((await bot.custody()).epoch).toBe(epoch);
    expect(contact.inbox).toHaveLength(heardBefore + CHAIN_MESSAGES_MAX + 1);
    const noSpace = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    const full = vi.spyOn(JournalWriter.prototype, "append").mockRejectedValue(noSpace);
    proxy.cut();
    await expect(driver.say(bot, contact, "not to be sent")).rejects.toThrow();
    await until(() => !bot.device.isOnline);
    full.mockRestore();
    proxy.mend();
    await until(() => bot.device.isOnline);
    await talk("after the full disk");
    expect(contact.inbox).toHaveLength(heardBefore + CHAIN_MESSAGES_MAX + 2);
    world.simulator.assertClean();
  });

  it("has every record of it in the database once it is back, as on the disk, and is refused and kept when the bot was frozen meanwhile", async () => {
    await begin();
    proxy.cut();
    await talk("while it is cut off");
    const before = await bot.custody();
    proxy.mend();
    await until(async () => (await bot.custody()).authRevision > before.authRevision);
    await bot.untilQuiet();
    const held = await bot.custody();
    const lease = { botId: bot.id, epoch: held.epoch, leaseId: held.leaseId ?? "" };
    await driver.deps.places.settle(lease);
    const store = await driver.deps.places.open(lease, { isAlive: () => true, onRefused: () => undefined });
    const there = await readHeldAuthState(world.admin, lease);
    proxy.cut();
    for (const [type, values] of there.keys) expect(await store.read(type, [...values.keys()])).toEqual(values);
    expect(await store.readCreds()).toBe(there.creds);
    proxy.mend();
    await driver.stop();
    driver = startDriver(world, { leaseTtlMs: LEASE_MS, db: () => behindProxy });
    await until(() => bot.device.isOnline);
    const { epoch } = await until(async () => {
      const row = await bot.custody();
      return row.epoch > held.epoch ? row : null;
    });
    proxy.cut();
    await talk("while it is cut off again");
    await world.db.write(async (tx) => {
      await tx.update(custody).set({ state: "frozen" }).where(eq(custody.botId, bot.id));
    });
    proxy.mend();
    await until(() => !bot.device.isOnline);
    await until(async () => (await filesOf()).some((name) => name.startsWith(`kept-e${epoch}-`)));
  });
});
