import { randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SimulatedContact } from "../simulator/index.ts";
import { type Sqld, startSqld } from "../support/sqld.ts";
import { epochOf, type PairedBot, pairByQr, waitForReturn } from "./support/bots.ts";
import { blocksOf, callThatRings, enableScreening, REPLY, waitForCall } from "./support/calls.ts";
import { Installation } from "./support/installation.ts";
import { DEADLINE_MS } from "./support/poll.ts";
import { addPrivateKeys, createKey, credentialsSchema, getSession, readBoth } from "./support/sessions.ts";

let sqld: Sqld;
let installation: Installation;
let bot: PairedBot;
let ada: SimulatedContact;

beforeAll(async () => {
  sqld = await startSqld();
  const masterKey = randomBytes(32).toString("base64url");
  installation = await Installation.startSetUp({ env: { DATABASE_URL: sqld.httpUrl, MASTER_KEY: masterKey } });
  installation.secrets.add("master key", masterKey);
});

afterAll(async () => {
  await installation?.[Symbol.asyncDispose]();
  await sqld?.stop();
});

test("on a database server a bot is linked by its QR code, and neither database nor master key is kept in DATA_DIR", async () => {
  const phone = installation.simulator.createPhone({ phoneNumber: "4915100000001" });
  bot = await pairByQr(installation, "Front desk", phone);
  await enableScreening(installation, bot.id);
  const kept = await readdir(installation.dataDir);
  expect(kept.filter((name) => name.includes(".db") || name === "master.key")).toEqual([]);
});

test("on a database server the fourth call is rejected and answered, and its caller is blocked", async () => {
  ada = installation.simulator.createContact({ name: "Ada" });
  const place = () => ada.placeCall(bot.phone);
  for (const count of [1, 2, 3])
    expect(await callThatRings(installation, bot, place)).toMatchObject({ windowCount: count });
  const fourth = place();
  await fourth.waitRejected(DEADLINE_MS);
  await ada.waitForText(({ text }) => text === REPLY, DEADLINE_MS);
  const shown = await waitForCall(installation, bot, fourth, ({ replyStatus }) => replyStatus !== "pending");
  expect(shown).toMatchObject({ reason: "limit-exceeded", rejectStatus: "confirmed" });
  expect(await blocksOf(installation, bot)).toMatchObject([{ id: shown.blockId, active: true, origin: "limit" }]);
});

test("on a database server a bot comes back after kill -9 of the worker, and calls are screened as before", async () => {
  const before = await epochOf(installation, bot.id);
  process.kill(installation.product.pidOf("worker"), "SIGKILL");
  await waitForReturn(installation, bot, before);
  expect(bot.phone.devices).toEqual([bot.device]);
  await ada.placeCall(bot.phone).waitRejected(DEADLINE_MS);
  const stranger = installation.simulator.createContact();
  await callThatRings(installation, bot, () => stranger.placeCall(bot.phone));
});

test("on a database server the session over REST is what the worker holds", async () => {
  const { rest } = await createKey(installation, ["session:read", "session:plain"]);
  const { shown, stored } = await readBoth(installation, rest, bot.id);
  expect(shown.session.creds).toEqual(JSON.parse(stored.creds ?? "null"));
  const { noiseKey, me } = credentialsSchema.parse(shown.session.creds);
  expect(noiseKey.public.data).toBe(bot.device.noiseKey.toString("base64"));
  expect(me.id).toBe(bot.device.jid);
  addPrivateKeys(installation, shown);
});

test("a crash of the database server is outlived: its bot stays linked and calls are screened again", async () => {
  await sqld.restart();
  const caller = installation.simulator.createContact();
  await callThatRings(installation, bot, () => caller.placeCall(bot.phone));
  const { rest } = await createKey(installation, ["session:read", "session:plain"]);
  expect(await getSession(installation, rest, bot.id)).toMatchObject({ botId: bot.id });
  expect(bot.phone.devices).toEqual([bot.device]);
});

test("the lines hold no secret, and the server saw no rule broken", async () => {
  await installation.stopProduct();
  expect(installation.secrets.leakedInto(installation.logs)).toEqual([]);
  installation.simulator.assertClean();
});
