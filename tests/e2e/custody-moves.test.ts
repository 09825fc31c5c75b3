import { setTimeout as pause } from "node:timers/promises";
import { createdApiKeySchema } from "@switchboard/core/services/identity/api-keys/schemas";
import { namedBotId } from "@switchboard/core/testing/named-ids";
import { custody, events } from "@switchboard/db/schema";
import { and, eq, like } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { createRecipientKey, signRecipientChallenge } from "../../sdk/session/src/index.ts";
import type { SimulatedContact } from "../simulator/index.ts";
import { type PairedBot, pairByQr, waitForReturn } from "./support/bots.ts";
import { enableScreening } from "./support/calls.ts";
import { Conversation } from "./support/conversation.ts";
import { Installation } from "./support/installation.ts";
import { Microservice } from "./support/microservice.ts";
import type { MicroserviceOptions } from "./support/microservice-messages.ts";
import { DEADLINE_MS, eventually } from "./support/poll.ts";

/** How long each holder has the bot to itself, in the middle of the conversation. */
const HOLD_MS = 4_000;

let installation: Installation;
let bot: PairedBot;
let writers: readonly SimulatedContact[];
let callers: readonly SimulatedContact[];
let first: Microservice;
let second: Microservice;

beforeAll(async () => {
  installation = await Installation.startSetUp({ env: { LOG_LEVEL: "info" } });
  const { simulator } = installation;
  bot = await pairByQr(installation, "Front desk", simulator.createPhone({ phoneNumber: "4915100000009" }));
  writers = Array.from({ length: 4 }, (_, index) => simulator.createContact({ name: `Writer ${index}` }));
  callers = Array.from({ length: 8 }, (_, index) => simulator.createContact({ name: `Caller ${index}` }));
  await enableScreening(installation, bot.id, { dailyLimit: null, defaultAction: "reject-and-reply" });
  [first, second] = await Promise.all([Microservice.start(), Microservice.start()]);
});

afterAll(async () => {
  await first?.[Symbol.asyncDispose]();
  await second?.[Symbol.asyncDispose]();
  await installation?.[Symbol.asyncDispose]();
});

test("a live bot moves from the worker to a microservice, to another and back, twice over, while people write and call: nothing is decrypted twice, nothing is lost, no key is used twice and nobody is pushed out", async () => {
  const sealed = await newHolder({ isSealed: true });
  const plain = await newHolder({ isSealed: false });
  const conversation = new Conversation(bot.phone, { writers, callers });
  const { position } = installation.simulator.transcript;
  const epochs = [await epochOfBot()];
  conversation.begin();
  await pause(HOLD_MS);

  for (const how of ["taken over", "handed over"] as const) {
    const one = await first.connect({ ...sealed.options, takeover: true });
    await pause(HOLD_MS);
    const two =
      how === "taken over"
        ? await second.connect({ ...plain.options, takeover: true })
        : (await Promise.all([second.connect(plain.options), first.handOver(plain.keyId)]))[0];
    await pause(HOLD_MS);
    await (how === "taken over" ? second.release() : second.handOver("workers"));
    await waitForReturn(installation, bot, two.epoch);
    epochs.push(one.epoch, two.epoch, await epochOfBot());
    expect([one.wasClean, two.wasClean, (await custodyRow()).wasClean]).toEqual([true, true, true]);
    await pause(HOLD_MS);
  }

  await conversation.end();
  await bot.phone.waitDelivered(bot.device, DEADLINE_MS);
  await everythingAnswered();
  const [start = 0] = epochs;
  expect(epochs).toEqual(Array.from({ length: 7 }, (_, step) => start + step));
  reportGaps(position);

  // Towards the bot: each message was decrypted by one holder, once, and nothing had to be asked for again.
  expect(oddMessages(conversation, position)).toEqual([]);
  expect(conversation.sent.size).toBeGreaterThan(100);
  const heard = [...first.all("heard"), ...second.all("heard")].map(({ id }) => id);
  expect(new Set(heard).size).toBe(heard.length);
  expect(heard.length).toBeGreaterThan(20);
  // From the bot: each message went out once, and its receiver could read it.
  const outbound = sentByBot(position);
  expect(new Set(outbound).size).toBe(outbound.length);
  const answers = [...first.all("answered"), ...second.all("answered")];
  expect(answers.length).toBeGreaterThan(20);
  const texts = writers.flatMap(({ inbox }) => inbox.map(({ text }) => text));
  expect(texts.toSorted()).toEqual(answers.map(({ text }) => text).toSorted());
  expect(callers.flatMap(({ inbox }) => inbox).length).toBeGreaterThan(0);
  expect([...first.all("not-answered"), ...second.all("not-answered")]).toEqual([]);
  // Calls: turned away by whoever had the bot, and by nobody else afterwards.
  expect(Math.max(...conversation.calls.map(({ rejects }) => rejects.length))).toBe(1);
  // Nobody was pushed out, and no message key was used for a second time.
  expect(await pushedOut(position)).toEqual([]);
  installation.simulator.assertClean();
}, 300_000);

/** A new API key that may take the bot over, and how its microservice connects. */
async function newHolder({
  isSealed,
}: {
  isSealed: boolean;
}): Promise<{ keyId: string; options: MicroserviceOptions }> {
  const { rest, simulator, product } = installation;
  const scopes = ["session:lease", "session:takeover", "session:read", ...(isSealed ? [] : ["session:plain"])];
  const body = { name: isSealed ? "sealed" : "plain", scopes, requestsPerMinute: 6_000 };
  const { id: keyId, secret } = await rest.send("POST", "/api/keys", body, createdApiKeySchema);
  const testServer = { url: simulator.url, noiseRootKey: simulator.noiseRootKey };
  const options = { url: product.apiUrl, apiKey: secret, botId: bot.id, testServer, takeover: false, waitSeconds: 60 };
  return { keyId, options: isSealed ? { ...options, recipientKey: await registerRecipient(keyId) } : options };
}

async function registerRecipient(keyId: string) {
  const { rest } = installation;
  const { privateJwk, publicJwk } = await createRecipientKey();
  const path = `/api/keys/${keyId}/recipient`;
  const challengeSchema = z.object({ challenge: z.string() });
  const { challenge } = await rest.send("POST", `${path}/challenge`, { publicJwk }, challengeSchema);
  await rest.done("POST", path, { publicJwk, proof: await signRecipientChallenge({ privateJwk, keyId, challenge }) });
  return privateJwk;
}

async function custodyRow() {
  const { reader } = await installation.database();
  const [row] = await reader
    .select()
    .from(custody)
    .where(eq(custody.botId, namedBotId(bot.id)));
  if (!row) throw new Error("there is no custody row");
  return row;
}

const epochOfBot = async (): Promise<number> => (await custodyRow()).epoch;

/** Resolves when nobody is about to answer anything any more. */
async function everythingAnswered(): Promise<void> {
  let before = -1;
  await eventually(
    async () => {
      const { position } = installation.simulator.transcript;
      const isSame = position === before;
      before = position;
      await pause(1_000);
      return isSame;
    },
    (isSame) => isSame,
  );
}

/** The story of each message to the bot that was not acknowledged exactly once, or was asked for again. */
function oddMessages(conversation: Conversation, since: number): string[][] {
  const seen = eventsSince(since);
  const odd: string[][] = [];
  for (const id of conversation.sent.keys()) {
    const receipts = seen.filter(({ kind, detail }) => kind === "receipt" && detail.id === id);
    if (receipts.length === 1 && receipts[0]?.detail.type !== "retry") continue;
    const turns = ["login", "online", "closed"];
    const isOfMessage = (detail: object) => JSON.stringify(detail).includes(id);
    const story = seen.filter(({ kind, detail }) => turns.includes(kind) || isOfMessage(detail));
    odd.push(
      story.map(({ atMs, kind, detail }) => `${atMs} ${kind} ${isOfMessage(detail) ? JSON.stringify(detail) : ""}`),
    );
  }
  return odd;
}

/** Ids of the messages that the bot's device handed to the server, each as often as it did. */
const sentByBot = (since: number): unknown[] =>
  eventsSince(since)
    .filter(({ kind, device, detail }) => kind === "message" && device === bot.device.jid && !isOwn(detail.to))
    .map(({ detail }) => detail.id);

const isOwn = (to: unknown): boolean => to === bot.phone.jid || to === bot.phone.lid;

/** Signs that a connection was replaced by another one (440). */
async function pushedOut(since: number): Promise<unknown[]> {
  const conflicts = eventsSince(since).filter(
    ({ kind, detail }) => kind === "sent" && String(detail.stanza).includes("conflict"),
  );
  const closes = [...first.all("closed"), ...second.all("closed")].filter(({ code }) => code === 440);
  const losses = [...first.all("lost"), ...second.all("lost")];
  const { reader } = await installation.database();
  const told = await reader
    .select()
    .from(events)
    .where(and(eq(events.type, "bot.state"), like(events.data, "%connection-replaced%")));
  return [...conflicts, ...closes, ...losses, ...told];
}

/** Prints how long the bot was away at each move: it is measured, not judged. */
function reportGaps(since: number): void {
  const own = eventsSince(since).filter(({ device }) => device === bot.device.jid);
  const gaps: number[] = [];
  for (const [index, { kind, atMs }] of own.entries()) {
    const online = kind === "closed" ? own.slice(index).find((later) => later.kind === "online") : undefined;
    if (online) gaps.push(online.atMs - atMs);
  }
  process.stdout.write(`without a connection at each move, ms: ${gaps.join(", ")}\n`);
}

const eventsSince = (since: number) =>
  installation.simulator.transcript.events.filter(({ sequence }) => sequence > since);
