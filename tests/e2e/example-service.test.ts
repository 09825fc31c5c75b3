import { createdApiKeySchema } from "@switchboard/core/services/identity/api-keys/schemas";
import { createRecipient } from "@switchboard/core/testing/recipients";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { SimulatedContact } from "../simulator/index.ts";
import { epochOf, getBot, type PairedBot, pairByQr, waitForReturn, waitForState } from "./support/bots.ts";
import { type ExampleProcess, type InstalledExample, installExample } from "./support/example-service.ts";
import { Installation } from "./support/installation.ts";
import { DEADLINE_MS } from "./support/poll.ts";

/** Short, so that a killed holder's lease is over soon; long enough for an api that starts again. */
const LEASE_SECONDS = "12";

let installation: Installation;
let example: InstalledExample;
let bot: PairedBot;
let contact: SimulatedContact;
let env: Record<string, string>;
let service: ExampleProcess;
const services: ExampleProcess[] = [];

beforeAll(async () => {
  [installation, example] = await Promise.all([Installation.startSetUp(), installExample()]);
  contact = installation.simulator.createContact({ name: "Ada" });
  const phone = installation.simulator.createPhone({ phoneNumber: "4915100000001", contacts: [contact] });
  bot = await pairByQr(installation, "Front desk", phone);
  const { url, noiseRootKey } = installation.simulator;
  env = {
    SWITCHBOARD_URL: installation.product.apiUrl,
    BOT_ID: bot.id,
    LEASE_SECONDS,
    WHATSAPP_URL: url,
    WHATSAPP_NOISE_ROOT_KEY: noiseRootKey,
    ...(await makeKey()),
  };
});

afterAll(async () => {
  await example?.[Symbol.asyncDispose]();
  await installation?.[Symbol.asyncDispose]();
});

test("takes over a running bot with everything sealed, and answers a message", async () => {
  startService();
  await service.waitForLine(/^holding the bot, epoch \d+, clean$/);
  await service.waitForLine(/^online$/);
  expect(await getBot(installation, bot.id)).toMatchObject({ state: "handed-over", holder: { kind: "key" } });
  await converse("first");
});

test("goes on with the same lease and the same connection while the api starts again under it", async () => {
  const epoch = await epochOf(installation, bot.id);
  const logins = loginCount();
  process.kill(installation.product.pidOf("api"), "SIGKILL");
  await converse("meanwhile");
  await waitForState(installation, bot.id, "handed-over");
  await converse("afterwards");
  expect(await epochOf(installation, bot.id)).toBe(epoch);
  expect(loginCount()).toBe(logins);
});

test("is killed and started again: it waits for its old lease to end, recovers the session and answers", async () => {
  expect(await service.stop("SIGKILL")).toBeNull();
  startService();
  await service.waitForLine(/^holding the bot, epoch \d+, recovered$/);
  await service.waitForLine(/^online$/);
  await converse("again");
});

test("gives the bot back on SIGTERM, and the worker goes on at once, without a recovery", async () => {
  const epoch = await epochOf(installation, bot.id);
  expect(await service.stop("SIGTERM")).toBe(0);
  expect(service.lines).toContain("the session ended: released");
  await waitForReturn(installation, bot, epoch);
  expect(await getBot(installation, bot.id)).toMatchObject({ holder: { kind: "worker" } });
  expect(installation.logs.filter((line) => line.includes("recovered after an unclean end"))).toEqual([]);
  const caller = installation.simulator.createContact();
  caller.sendText(bot.phone, "to the worker");
  await bot.phone.waitDelivered(bot.device);
});

test("no secret was printed by product or example, and the server saw no rule broken", async () => {
  expect(installation.secrets.leakedInto([...installation.logs, ...services.flatMap(({ lines }) => lines)])).toEqual(
    [],
  );
  installation.simulator.assertClean();
});

function startService(): void {
  service = example.start(env);
  services.push(service);
}

/** An API key for the bot alone, with a recipient key that was registered as an admin does it. */
async function makeKey(): Promise<Record<string, string>> {
  const scopes = ["session:lease", "session:takeover", "session:read"];
  const wish = { name: "echo bot", scopes, botIds: [bot.id] };
  const { id, secret } = await installation.rest.send("POST", "/api/keys", wish, createdApiKeySchema);
  const recipient = await createRecipient();
  const { publicJwk } = recipient;
  const path = `/api/keys/${id}/recipient`;
  const { challenge } = await installation.rest.send("POST", `${path}/challenge`, { publicJwk }, challengeSchema);
  await installation.rest.done("POST", path, { publicJwk, proof: await recipient.prove(id, challenge) });
  installation.secrets.add("API key", secret);
  installation.secrets.add("recipient key", String(recipient.privateJwk.d));
  return { SWITCHBOARD_API_KEY: secret, RECIPIENT_KEY: JSON.stringify(recipient.privateJwk) };
}

const challengeSchema = z.object({ challenge: z.string() });

async function converse(text: string): Promise<void> {
  contact.sendText(bot.phone, text);
  await heard(text);
}

const heard = (text: string) => contact.waitForText((received) => received.text === `You said: ${text}`, DEADLINE_MS);

const loginCount = (): number => installation.simulator.transcript.events.filter(({ kind }) => kind === "login").length;
