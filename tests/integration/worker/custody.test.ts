import { setTimeout as pause } from "node:timers/promises";
import { freezeLease, unfreezeLease } from "@switchboard/core/services/custody/freeze-lease";
import { handOver } from "@switchboard/core/services/custody/hand-over";
import { revokeLease } from "@switchboard/core/services/custody/revoke-lease";
import { authBatches, commands, custody, whatsappCalls } from "@switchboard/db/schema";
import { and, eq, gt, lte, sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { TestBot } from "./support/test-bot.ts";
import { TestHolder } from "./support/test-holder.ts";
import { until } from "./support/until.ts";
import { WorkerWorld } from "./support/worker-world.ts";

/** Often enough that something is always under way, and no more than a connection takes. */
const WRITE_EVERY_MS = 150;

describe("a worker whose bot somebody else is to have", () => {
  let world: WorkerWorld;
  let holder: TestHolder;
  beforeEach(async () => {
    world = await WorkerWorld.open();
    holder = await TestHolder.create(world);
  });
  afterEach(() => world.close());

  it("closes without a logout, stores everything, says so, and only then gives the bot back clean", async () => {
    await world.startWorker();
    const bot = await world.addBot();
    const device = await bot.link();
    const { epoch } = await bot.custody();
    const result = await holder.takeOver(bot);
    expect(result).toMatchObject({ kind: "granted", lease: { epoch: epoch + 1, clean: true } });
    expect(device.isOnline).toBe(false);
    expect(bot.phone.devices).toEqual([device]);
    expect(await bot.custody()).toMatchObject({ holderKind: "key", holderId: holder.keyId, wasClean: true });
    expect(await bot.view()).toMatchObject({ state: "handed-over", desiredState: "running", linked: true });
    expect(await toldSince(bot, "lease.drain")).toEqual([
      "lease.drain",
      "bot.state:handed-over",
      "lease.released",
      "bot.state:handed-over",
      "lease.acquired",
    ]);
  });

  it("learns it at its next reading of the wishes, long before it renews", async () => {
    await world.startWorker({ leaseTtlMs: 3_600_000 });
    const bot = await world.addBot();
    await bot.link();
    expect(await holder.takeOver(bot)).toMatchObject({ kind: "granted" });
  });

  it("finishes the text that was under way before it lets go", async () => {
    await world.startWorker({ timings: { replyDelayMs: () => 500 } });
    const bot = await world.addBot();
    await bot.link();
    await bot.rejectAll("Please write instead.");
    const call = bot.contact.placeCall(bot.phone);
    await call.waitRejected();
    expect(await holder.takeOver(bot)).toMatchObject({ kind: "granted", lease: { clean: true } });
    expect(bot.contact.inbox.map(({ text }) => text)).toEqual(["Please write instead."]);
    world.simulator.assertClean();
  });

  it("begins no text and no request of the api while it drains", async () => {
    const { worker } = await world.startWorker({ timings: { replyDelayMs: () => 1_000, settleLimitMs: 20_000 } });
    const bot = await world.addBot(2);
    await bot.link();
    await bot.rejectAll("Please write instead.");
    const [first, second] = bot.contacts;
    if (!first || !second) throw new Error("two contacts were asked for");
    await first.placeCall(bot.phone).waitRejected();
    const granted = holder.takeOver(bot);
    await until(() => JSON.stringify(worker.debugState()).includes('"lastWake":"drain"'));
    const { actor } = world.admin;
    if (actor.kind !== "user") throw new Error("the world's admin is a person");
    const times = { createdAtMs: Date.now(), deadlineAtMs: Date.now() + 300_000 };
    const target = { id: "cmd_late", teamId: actor.teamId, botId: bot.id };
    await world.db.write(async (tx) => {
      const request = { kind: "resolve-caller" as const, payload: { phoneNumber: "1" }, requestedBy: "test" };
      await tx.insert(commands).values({ ...target, ...request, ...times });
    });
    second.placeCall(bot.phone);
    expect(await granted).toMatchObject({ kind: "granted", lease: { clean: true } });
    expect([first.inbox.length, second.inbox.length]).toEqual([1, 0]);
    const [late] = await world.db.reader.select().from(commands).where(eq(commands.id, "cmd_late"));
    expect(late?.state).toBe("pending");
    const calls = await world.db.reader.select().from(whatsappCalls).where(eq(whatsappCalls.botId, bot.id));
    expect(calls.filter(({ replyStatus }) => replyStatus === "pending")).toEqual([]);
  });

  it("never closes in the middle of a message, so that none is delivered twice and lost", async () => {
    await world.startWorker();
    const bot = await world.addBot(4);
    await bot.link();
    await bot.untilQuiet();
    const { transcript } = world.simulator;
    const { position } = transcript;
    const sent: string[] = [];
    let isOver = false;
    const writing = Promise.all(
      bot.contacts.map(async (contact) => {
        for (; !isOver; await pause(WRITE_EVERY_MS)) sent.push(await contact.sendText(bot.phone, "Are you there?"));
      }),
    );
    for (let move = 0; move < 3; move++) {
      const from = transcript.position;
      await transcript.waitFor(({ kind }) => kind === "receipt", undefined, from);
      expect(await holder.takeOver(bot)).toMatchObject({ kind: "granted", lease: { clean: true } });
      await holder.release(bot);
      await bot.untilState("online");
    }
    isOver = true;
    await writing;
    await bot.untilQuiet();
    const receipts = transcript.events.filter(({ sequence, kind }) => sequence > position && kind === "receipt");
    const ids = receipts.map(({ detail }) => detail.id);
    expect(ids.toSorted()).toEqual(sent.toSorted());
    expect(receipts.filter(({ detail }) => detail.type === "retry")).toEqual([]);
    world.simulator.assertClean();
  });

  it("gives a bot back that waits for its next try to connect", async () => {
    await world.startWorker({ timings: { backOff: { baseDelayMs: 3_600_000, delayMsMax: 3_600_000 } } });
    const bot = await world.addBot();
    await bot.link();
    world.simulator.faults.streamError(bot.phone, 503);
    await bot.untilState("backing-off", "service-unavailable");
    expect(await holder.takeOver(bot)).toMatchObject({ kind: "granted", lease: { clean: true } });
  });

  it("takes the bot up again when it was handed over to the workers", async () => {
    await world.startWorker();
    const bot = await world.addBot();
    await bot.link();
    const { epoch } = await bot.custody();
    await handOver(world.admin, { botId: bot.id, to: "workers" });
    await until(async () => (await bot.custody()).epoch === epoch + 1);
    await bot.untilState("online");
    expect(await bot.states()).not.toContain("handed-over:handed-over");
  });
});

describe("a bot that its microservice gave up", () => {
  let world: WorkerWorld;
  let holder: TestHolder;
  let bot: TestBot;
  beforeAll(async () => {
    world = await WorkerWorld.open();
    await world.startWorker();
    holder = await TestHolder.create(world);
    bot = await world.addBot();
    await bot.link();
  });
  afterAll(() => world.close());

  it("is connected by a worker as soon as it was released, without recovery after a clean end", async () => {
    await holder.takeOver(bot);
    const { epoch } = await bot.custody();
    const logins = bot.loginCount;
    await holder.release(bot);
    await bot.untilState("online");
    expect(await bot.custody()).toMatchObject({ epoch: epoch + 1, holderKind: "worker", wasClean: true });
    expect(bot.loginCount).toBe(logins + 1);
  });

  it("is left alone when nobody wishes it to run", async () => {
    await holder.takeOver(bot);
    await bot.command("stop");
    const logins = bot.loginCount;
    await holder.release(bot);
    await (await world.addBot()).link();
    expect(await bot.view()).toMatchObject({ state: "stopped", desiredState: "stopped", holder: null });
    expect(bot.loginCount).toBe(logins);
    await bot.command("start");
    await bot.untilState("online");
  });

  it("is recovered before it connects when the release was not clean", async () => {
    await bot.rejectAll("Please write instead.");
    bot.contact.placeCall(bot.phone);
    await bot.contact.waitForText();
    await bot.untilQuiet();
    await holder.takeOver(bot);
    expect(await bot.authRecordCount("device-list")).toBeGreaterThan(0);
    await holder.release(bot, false);
    await bot.untilState("online");
    expect(await bot.authRecordCount("device-list")).toBe(0);
    expect(await bot.custody()).toMatchObject({ holderKind: "worker", wasClean: false });
  });

  it("is reclaimed when the holder has been gone for long enough, which is told, and recovered", async () => {
    await holder.takeOver(bot);
    const { epoch } = await bot.custody();
    const logins = bot.loginCount;
    // The database's clock is the machine's, so the end of the lease is moved instead.
    await moveExpiry(world, bot, -20_000);
    await (await world.addBot()).link();
    expect(bot.loginCount).toBe(logins);
    await moveExpiry(world, bot, -60_001);
    await bot.untilState("online");
    expect(await bot.custody()).toMatchObject({ epoch: epoch + 1, holderKind: "worker", wasClean: false });
    expect((await bot.events("lease.expired")).length).toBe(1);
  });

  it("breaks no rule of the protocol", () => {
    world.simulator.assertClean();
  });
});

describe("a worker that was deprived of its bot", () => {
  let world: WorkerWorld;
  beforeEach(async () => {
    world = await WorkerWorld.open();
    await world.startWorker({ leaseTtlMs: 3_600_000 });
  });
  afterEach(() => world.close());

  it("closes its socket by the next reading of the wishes after a revocation, writes nothing more, and comes back after the lock-delay", async () => {
    const bot = await world.addBot();
    const device = await bot.link();
    await bot.untilQuiet();
    const { epoch } = await bot.custody();
    const { authRevision } = await bot.custody();
    await revokeLease(world.admin, { botId: bot.id });
    await until(() => !device.isOnline);
    await bot.untilState("online");
    expect(await epochsSince(world, bot, authRevision)).toEqual([epoch + 2]);
    expect((await bot.custody()).epoch).toBe(epoch + 2);
    expect(await bot.states()).not.toContain("replaced:connection-replaced");
    bot.contact.placeCall(bot.phone);
    world.simulator.assertClean();
  });

  it("stays away from a frozen bot until it is unfrozen", async () => {
    const bot = await world.addBot();
    const device = await bot.link();
    await freezeLease(world.admin, { botId: bot.id });
    await until(() => !device.isOnline);
    await (await world.addBot()).link();
    expect(bot.loginCount).toBe(1);
    expect(await bot.view()).toMatchObject({ reason: "custody-frozen", holder: null });
    await unfreezeLease(world.admin, { botId: bot.id });
    await bot.untilState("online");
    expect((await bot.custody()).wasClean).toBe(false);
  });
});

describe("a worker whose lease ran out while none of its timers ran", () => {
  afterEach(() => void vi.restoreAllMocks());

  it.each<[string, (bot: TestBot) => unknown]>([
    ["message", (bot) => bot.contact.sendText(bot.phone, "Are you there?")],
    ["call", (bot) => bot.contact.placeCall(bot.phone)],
  ])("closes its socket at the first %s, and answers nothing", async (_, arrive) => {
    const world = await WorkerWorld.open();
    const first = await world.startWorker();
    const bot = await world.addBot();
    const device = await bot.link();
    await bot.untilQuiet();
    await world.stopWorker(first);
    const never = 3_600_000;
    await world.startWorker({ leaseTtlMs: never, timings: { tickMs: never, keepAliveMs: never, heartbeatMs: never } });
    await until(() => device.isOnline);
    await bot.untilQuiet();
    const { authRevision } = await bot.custody();
    const now = performance.now.bind(performance);
    vi.spyOn(performance, "now").mockImplementation(() => now() + never);
    const { position } = world.simulator.transcript;
    await arrive(bot);
    await until(() => !device.isOnline);
    const since = world.simulator.transcript.events.filter(({ sequence }) => sequence > position);
    expect(since.filter(({ kind }) => kind === "received")).toEqual([]);
    expect((await bot.custody()).authRevision).toBe(authRevision);
    await world.close();
  });
});

describe("an unlinking that WhatsApp does not answer", () => {
  let world: WorkerWorld;
  beforeAll(async () => {
    world = await WorkerWorld.open();
    await world.startWorker();
  });
  afterAll(() => world.close());

  it("is tried a few times and given up with a reason; the session stays, and it can be asked for again", async () => {
    const bot = await world.addBot();
    const device = await bot.link();
    world.simulator.faults.dropQueries(bot.phone, "md", 5);
    const { commandId } = await bot.command("logout");
    await bot.untilState("failed", "unlink-unanswered");
    await until(async () => (await bot.custody()).state === "free");
    const [command] = await world.db.reader.select().from(commands).where(eq(commands.id, commandId));
    expect(command).toMatchObject({ state: "failed", result: { reason: "unlink-unanswered" } });
    expect(await bot.view()).toMatchObject({ linked: true, desiredState: "stopped" });
    expect(bot.phone.devices).toEqual([device]);
    expect(await bot.authRecordCount()).toBeGreaterThan(0);
    await bot.command("logout");
    await bot.untilState("logged-out", "logged-out-by-user");
    expect(bot.phone.devices).toEqual([]);
  });

  it("succeeds when a later try is answered", async () => {
    const bot = await world.addBot();
    await bot.link();
    world.simulator.faults.dropQueries(bot.phone, "md", 2);
    await bot.command("logout");
    await bot.untilState("logged-out", "logged-out-by-user");
    expect(bot.phone.devices).toEqual([]);
    expect(bot.loginCount).toBe(1);
  });
});

/** Types of a bot's events from the last one of `type` on, states by name. */
async function toldSince(bot: TestBot, type: string): Promise<string[]> {
  const told = await bot.allEvents();
  const from = told.findLastIndex((event) => event.type === type);
  return told
    .slice(from)
    .filter((event) => event.type.startsWith("lease.") || event.type === "bot.state")
    .map((event) => (event.type === "bot.state" ? `${event.type}:${event.data.state}` : event.type));
}

async function moveExpiry(world: WorkerWorld, bot: TestBot, offsetMs: number): Promise<void> {
  const expiresAtMs = sql`cast(unixepoch('subsec') * 1000 as integer) + ${offsetMs}`;
  await world.db.write(async (tx) => {
    await tx.update(custody).set({ expiresAtMs }).where(eq(custody.botId, bot.id));
  });
}

/** The epochs under which the session was written after a revision; each of them once. */
async function epochsSince(world: WorkerWorld, bot: TestBot, revision: number): Promise<number[]> {
  const { authRevision } = await bot.custody();
  const isLater = and(
    eq(authBatches.botId, bot.id),
    gt(authBatches.revision, revision),
    lte(authBatches.revision, authRevision),
  );
  const rows = await world.db.reader.select().from(authBatches).where(isLater);
  if (rows.length !== authRevision - revision) throw new Error("not every batch is remembered");
  return [...new Set(rows.map(({ epoch }) => epoch))];
}
