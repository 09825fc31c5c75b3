import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { custody } from "@switchboard/db/schema";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SimulatedContact } from "../simulator/index.ts";
import { type Sqld, startSqld } from "../support/sqld.ts";
import { epochOf, type PairedBot, pairByQr, waitForReturn } from "./support/bots.ts";
import { enableScreening, REPLY } from "./support/calls.ts";
import { Installation } from "./support/installation.ts";
import { DEADLINE_MS, eventually } from "./support/poll.ts";
import { addPrivateKeys, createKey, getSession } from "./support/sessions.ts";

const LEASE_SECONDS = 6;

let sqld: Sqld;
let installation: Installation;
let bot: PairedBot;
let contacts: SimulatedContact[];

beforeAll(async () => {
  sqld = await startSqld();
  const masterKey = randomBytes(32).toString("base64url");
  const env = { DATABASE_URL: sqld.httpUrl, MASTER_KEY: masterKey, WORKER_LEASE_TTL: String(LEASE_SECONDS) };
  installation = await Installation.startSetUp({ env });
  installation.secrets.add("master key", masterKey);
  const { simulator } = installation;
  bot = await pairByQr(installation, "Front desk", simulator.createPhone({ phoneNumber: "4915100000001" }));
  await enableScreening(installation, bot.id, { dailyLimit: null, defaultAction: "reject-and-reply" });
  contacts = ["Ada", "Grace", "Joan"].map((name) => simulator.createContact({ name }));
  await exchange("at first");
});

afterAll(async () => {
  sqld?.resume();
  await installation?.[Symbol.asyncDispose]();
  await sqld?.stop();
});

test("half a lease without an answer of the database: no message waits, and the bot keeps connection and lease", async () => {
  const epoch = await epochOf(installation, bot.id);
  await waitForRenewal();
  sqld.pause();
  await receive("while the database is stopped", (LEASE_SECONDS * 1_000) / 2);
  sqld.resume();
  expect(bot.device.isOnline).toBe(true);
  await exchange("after half a lease");
  expect(await epochOf(installation, bot.id)).toBe(epoch);
});

test("twice the lease: the connection ends by the deadline, and everything is in the database before the next lease", async () => {
  const epoch = await epochOf(installation, bot.id);
  await sqld.kill9();
  await receive("while the database is dead", 0);
  // The outage itself: twice the lease.
  await pause(2 * LEASE_SECONDS * 1_000);
  expect(bot.device.isOnline).toBe(false);
  expect(await sessionFiles()).toContain(join(bot.id, `e${epoch}`, "journal"));
  await sqld.restart();
  await waitForReturn(installation, bot, epoch);
  await exchange("after twice the lease");
  await installation.product.waitForLine(/commits of an outage were replayed/);
});

test("kill -9 of the worker in the outage: its next process brings the journal to the database, then takes the bot", async () => {
  const epoch = await epochOf(installation, bot.id);
  const linesBefore = replaysIn(installation.logs);
  await sqld.kill9();
  await receive("before the kill", 0);
  process.kill(installation.product.pidOf("worker"), "SIGKILL");
  await eventually(
    async () => bot.device.isOnline,
    (isOnline) => !isOnline,
  );
  await sqld.restart();
  await waitForReturn(installation, bot, epoch);
  expect(replaysIn(installation.logs)).toBeGreaterThan(linesBefore);
  await exchange("after the kill");
});

test("the files of a session hold no secret, no number and no name in clear, and are gone after a clean end", async () => {
  const { rest } = await createKey(installation, ["session:read", "session:plain"]);
  addPrivateKeys(installation, await getSession(installation, rest, bot.id));
  const names = await sessionFiles();
  expect(names.length).toBe(2);
  const folder = join(installation.dataDir, "sessions");
  const contents = await Promise.all(names.map((name) => readFile(join(folder, name), "latin1")));
  expect(installation.secrets.leakedInto([...names, ...contents])).toEqual([]);
  const people = [bot.phone, ...contacts];
  for (const person of people)
    for (const id of [person.phoneNumber, person.lid.split("@")[0]])
      expect([...names, ...contents].join("\n")).not.toContain(id ?? "-");
  await installation.stopProduct();
  expect(await sessionFiles()).toEqual([]);
});

test("no message was lost or read twice, no key was used twice, and the lines hold no secret", async () => {
  const copies = bot.phone.inbox.filter(({ text }) => text === REPLY).map(({ id }) => id);
  expect(copies).toHaveLength(4);
  expect(new Set(copies).size).toBe(copies.length);
  expect(installation.secrets.leakedInto(installation.logs)).toEqual([]);
  installation.simulator.assertClean();
});

/** The lease was renewed just now: what follows has the whole time until its deadline, on a slow machine too. */
async function waitForRenewal(): Promise<void> {
  const db = await installation.database();
  const readEnd = async () => (await db.reader.select().from(custody))[0]?.expiresAtMs ?? 0;
  const before = await readEnd();
  await eventually(readEnd, (expiresAtMs) => expiresAtMs > before);
}

/** Every contact writes several times, and everything is taken by the bot's device within the time. */
async function receive(about: string, durationMs: number): Promise<void> {
  const endsAtMs = performance.now() + durationMs;
  do {
    for (const contact of contacts) await contact.sendText(bot.phone, about);
    await bot.phone.waitDelivered(bot.device);
    await pause(200);
  } while (performance.now() < endsAtMs);
}

/** Both ways: the contacts write, and somebody new calls, is turned away and gets a text; the own phone gets a copy of it. */
async function exchange(about: string): Promise<void> {
  await receive(about, 0);
  const caller = installation.simulator.createContact({ name: "A caller" });
  await caller.placeCall(bot.phone).waitRejected(DEADLINE_MS);
  await caller.waitForText(({ text }) => text === REPLY, DEADLINE_MS);
}

async function sessionFiles(): Promise<string[]> {
  const found = await readdir(join(installation.dataDir, "sessions"), { recursive: true, withFileTypes: true });
  const root = join(installation.dataDir, "sessions");
  return found
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1))
    .sort();
}

const replaysIn = (lines: readonly string[]): number =>
  lines.filter((line) => line.includes("commits of an outage were replayed")).length;
