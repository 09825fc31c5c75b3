import { reportPairing } from "@switchboard/core/services/fleet/report-bot";
import { addBot, holdBot, workerContext } from "@switchboard/core/testing/factories";
import { linkBot, SESSION_CANARY } from "@switchboard/core/testing/linked-bot";
import { audit, type BotId, botPairings, events } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { addKey, addOwner, type Owner } from "./support/credentials.ts";
import { createTestApp, type TestApp } from "./support/test-app.ts";

const PASSWORD = "CANARY the password of the admin";
const PAIRING_CODE = "CNRY-7Q2X";
const CRON_SECRET = "CANARY-cron-secret";

let app: TestApp;
let owner: Owner;
/** Every secret that came into being, by its name. */
const secrets = new Map<string, string>([
  ["password", PASSWORD],
  ["pairing code", PAIRING_CODE],
  ["cron secret", CRON_SECRET],
  ["session bytes", SESSION_CANARY],
]);
beforeAll(async () => {
  app = await createTestApp({ settings: { cronSecret: CRON_SECRET, metricsToken: "CANARY-metrics-token" } });
  secrets.set("metrics token", "CANARY-metrics-token");
  await setUp();
  owner = await addOwner(app.test);
  secrets.set("token of the owner", owner.token);
  const botId = await addBot(app.test, owner.user);
  const key = (await addKey(app.test, owner, ["bots:write", "session:read", "session:plain", "session:token"])).secret;
  secrets.set("API key", key);
  await usePairing(botId, key);
  await useSession(botId, key);
  await sendToWrongPlaces(botId, [...secrets.values()]);
});
afterAll(() => app.dispose());

async function setUp() {
  const code = await app.setupCode.ensure();
  secrets.set("setup code", code);
  const person = { name: "Ada", email: "ada@example.org", password: PASSWORD };
  await app.request("/api/setup", { json: { ...person, code: "wrong" } });
  const { body } = await app.request("/api/setup", { json: { ...person, code } });
  secrets.set("token of setup", body.token);
  const signedIn = await app.request("/api/sign-in", { json: { email: person.email, password: PASSWORD } });
  secrets.set("token of sign-in", signedIn.body.token);
}

/** A worker shows a code to type; it is read once, as it is meant to be. */
async function usePairing(botId: BotId, key: string) {
  const path = `/api/bots/${botId}/pairing`;
  await app.request(path, { key, json: { method: "code", phoneNumber: "+34 600 000 000" } });
  const [row] = await app.test.db.reader.select().from(botPairings).where(eq(botPairings.botId, botId));
  const expiresAtMs = app.test.clock.nowMs() + 60_000;
  const report = {
    attemptId: row?.attemptId ?? "",
    state: "code",
    secret: PAIRING_CODE,
    expiresAtMs,
    reason: null,
  } as const;
  await reportPairing(workerContext(app.test), await holdBot(app.test, botId), report);
  expect((await app.request(path, { key })).body.code).toBe(PAIRING_CODE);
}

async function useSession(botId: BotId, key: string) {
  await linkBot(app.test, botId);
  const path = `/api/bots/${botId}/session`;
  const fetched = await app.request(path, { key });
  secrets.set("fetched session token", fetched.body.token);
  const renewed = await app.request(path, { bearer: fetched.body.token, json: {} });
  secrets.set("renewed session token", renewed.body.token);
  await app.request("/api/session-tokens/verify", { key, json: { token: renewed.body.token } });
}

/** What people do by mistake: secrets in paths, queries, bodies and under other names. */
async function sendToWrongPlaces(botId: BotId, values: readonly string[]) {
  for (const value of values) {
    const text = encodeURIComponent(value);
    await app.request(`/api/bots/${text}`, { key: value });
    await app.request(`/api/bots?cursor=${text}&token=${text}`, { bearer: value });
    await app.request(`/api/${text}/${text}`, {
      headers: { authorization: `Basic ${value}`, cookie: `token=${value}` },
    });
    await app.request("/api/sign-in", { json: { email: "ada@example.org", password: value, token: value } });
    await app.request(`/api/bots/${botId}`, { method: "PATCH", bearer: owner.token, json: { name: 1, secret: value } });
    await app.request("/api/system/cron/cleanup-blocks", { bearer: value });
    await app.request("/metrics", { bearer: value });
  }
}

const hits = (text: string) => [...secrets].filter(([, value]) => text.includes(value)).map(([name]) => name);

it("puts no secret into the log, whatever was sent where", () => {
  expect(app.logLines.length).toBeGreaterThan(50);
  expect(hits(app.logLines.join("\n"))).toEqual([]);
});

it("puts no secret into events or audit", async () => {
  const { reader } = app.test.db;
  const rows = [...(await reader.select().from(events)), ...(await reader.select().from(audit))];
  expect(rows.length).toBeGreaterThan(5);
  expect(hits(JSON.stringify(rows))).toEqual([]);
});

it("puts no secret into metrics or its own description", async () => {
  const metrics = await app.request("/metrics", { bearer: "CANARY-metrics-token" });
  expect(metrics.status).toBe(200);
  const description = await app.request("/api/openapi.json");
  expect(hits(metrics.text + description.text)).toEqual([]);
});

it("shows a secret in no answer but the one that gives it", async () => {
  const answers = await Promise.all([
    app.request("/api/bots", { bearer: owner.token }),
    app.request("/api/keys", { bearer: owner.token }),
    app.request("/api/me", { bearer: owner.token }),
    app.request("/api/setup", { json: { code: secrets.get("setup code"), password: PASSWORD } }),
    app.request("/api/sign-in", { json: { email: "ada@example.org", password: `${PASSWORD}!` } }),
  ]);
  expect(hits(answers.map(({ text }) => text).join("\n"))).toEqual([]);
});
