import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { apiKeySchema } from "@switchboard/core/services/identity/api-keys/schemas";
import {
  issuedTokenSchema,
  sessionTokenSchema,
  verifiedTokenSchema,
} from "@switchboard/core/services/sessions/schemas";
import { sessionTokens } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  createBot,
  epochOf,
  getBot,
  type PairedBot,
  pairByCode,
  pairByQr,
  waitForReturn,
  waitForState,
} from "./support/bots.ts";
import { callThatRings } from "./support/calls.ts";
import { Installation } from "./support/installation.ts";
import { eventually } from "./support/poll.ts";
import { pageOf, type Rest } from "./support/rest.ts";
import { addPrivateKeys, createKey, credentialsSchema, getSession, readBoth } from "./support/sessions.ts";

let installation: Installation;
let bot: PairedBot;
let service: Rest;

beforeAll(async () => {
  installation = await Installation.startSetUp();
  bot = await pairByQr(
    installation,
    "Front desk",
    installation.simulator.createPhone({ phoneNumber: "4915100000001" }),
  );
  service = (await createKey(installation, ["session:read", "session:plain", "session:token"])).rest;
});

afterAll(async () => {
  await installation?.[Symbol.asyncDispose]();
});

test("the plain session over REST is what the worker holds, down to the number of keys of each kind", async () => {
  const { shown, stored } = await readBoth(installation, service, bot.id);
  expect(shown).toMatchObject({ botId: bot.id, sealed: false, lease: "none" });
  expect(shown.session.creds).toEqual(JSON.parse(stored.creds ?? "null"));
  const counts = (kinds: Iterable<readonly [string, number]>) => Object.fromEntries([...kinds].sort());
  const shownCounts = Object.entries(shown.session.keys).map(
    ([kind, keys]) => [kind, Object.keys(keys).length] as const,
  );
  expect(counts(shownCounts)).toEqual(counts(Array.from(stored.keys, ([kind, keys]) => [kind, keys.size] as const)));
  expect(Object.keys(shown.session.keys["pre-key"] ?? {}).length).toBeGreaterThan(0);
  const { noiseKey, signedIdentityKey, me } = credentialsSchema.parse(shown.session.creds);
  expect(noiseKey.public.data).toBe(bot.device.noiseKey.toString("base64"));
  expect(signedIdentityKey.public.data).toBe(bot.device.identityKey.toString("base64"));
  expect(me).toMatchObject({ id: bot.device.jid, lid: bot.device.lid });
  addPrivateKeys(installation, shown);
});

test("a session is given to nobody without the scope, without a credential, or for another bot", async () => {
  const path = `/api/bots/${bot.id}/session`;
  const sealedOnly = (await createKey(installation, ["session:read"])).rest;
  expect(await sealedOnly.ask("GET", path)).toMatchObject({ status: 403, body: { code: "recipient-key-required" } });
  const unrelated = (await createKey(installation, ["bots:read", "session:plain"])).rest;
  expect(await unrelated.ask("GET", path)).toMatchObject({ status: 403, body: { code: "scope-missing" } });
  expect(await installation.restAs(null).ask("GET", path)).toMatchObject({ status: 401 });
  const other = await createBot(installation, "Other");
  const limited = (await createKey(installation, ["session:read", "session:plain"], [other.id])).rest;
  expect(await limited.ask("GET", path)).toMatchObject({ status: 404 });
  expect(await limited.ask("GET", `/api/bots/${other.id}/session`)).toMatchObject({ body: { code: "not-paired" } });
});

test("a session token is signed by the published key, fetches the session, and does nothing else", async () => {
  const token = await issueToken(service, { expiresIn: "15m" });
  const { expiresAt = "" } = await verify(token);
  const jwks = createRemoteJWKSet(new URL(`${installation.product.apiUrl}/.well-known/jwks.json`));
  const { payload } = await jwtVerify(token, jwks, { typ: "session+jwt", algorithms: ["EdDSA"] });
  expect(payload).toMatchObject({ bot: bot.id, scp: expect.anything(), jti: expect.stringMatching(/^tok_/) });
  expect(payload.exp).toBe(Math.ceil(Date.parse(expiresAt) / 1000));
  const bearer = installation.restAs(token);
  const { shown } = await readBoth(installation, bearer, bot.id);
  expect(credentialsSchema.parse(shown.session.creds).me.id).toBe(bot.device.jid);
  expect(await bearer.ask("GET", "/api/bots")).toMatchObject({ status: 403 });
  expect(await bearer.ask("POST", `/api/bots/${bot.id}/stop`)).toMatchObject({ status: 403 });
});

test("a session token renews itself; a revoked one is refused at once, and so is what was made from it", async () => {
  const token = await issueToken(service, { expiresIn: 60 });
  const renewed = await issueToken(installation.restAs(token), { expiresIn: "24h" });
  expect(await verify(renewed)).toMatchObject({ active: true, botId: bot.id });
  expect((await verify(renewed)).remainingSeconds).toBeGreaterThan(86_000);
  const rows = await service.get(`/api/bots/${bot.id}/session/tokens`, pageOf(sessionTokenSchema));
  const successor = rows.items.find(({ id }) => id === idOf(renewed));
  expect(successor).toMatchObject({ renewedFrom: idOf(token), status: "active" });
  await service.done("DELETE", `/api/bots/${bot.id}/session/tokens/${idOf(token)}`);
  await expectRefused(token, "revoked");
  await expectRefused(renewed, "revoked");
});

test("a session token is refused from the instant of its end, also where its own claim says otherwise", async () => {
  const token = await issueToken(service, {});
  expect(await verify(token)).toMatchObject({ active: true });
  const db = await installation.database();
  const past = { expiresAtMs: Date.now() - 1 };
  await db.writeBatch((tx) => [
    tx
      .update(sessionTokens)
      .set(past)
      .where(eq(sessionTokens.id, idOf(token))),
  ]);
  await expectRefused(token, "expired");
});

test("with its API key a session token is revoked, too", async () => {
  const { id, rest } = await createKey(installation, ["session:read", "session:plain", "session:token"]);
  const token = await issueToken(rest, {});
  await installation.rest.send("DELETE", `/api/keys/${id}`, undefined, apiKeySchema);
  expect(await rest.ask("GET", `/api/bots/${bot.id}/session`)).toMatchObject({ status: 401 });
  await expectRefused(token, "revoked");
});

test("stop keeps session and link, start and restart bring the bot back under a later lease", async () => {
  const before = await epochOf(installation, bot.id);
  await command("stop");
  expect(await waitForState(installation, bot.id, "stopped")).toMatchObject({
    linked: true,
    reason: "stopped-by-user",
  });
  await eventually(
    async () => bot.device.isOnline,
    (isOnline) => !isOnline,
  );
  expect(bot.phone.devices).toEqual([bot.device]);
  const kept = credentialsSchema.parse((await getSession(installation, service, bot.id)).session.creds);
  expect(kept.noiseKey.public.data).toBe(bot.device.noiseKey.toString("base64"));
  await command("start");
  await waitForReturn(installation, bot, before);
  const { position } = installation.simulator.transcript;
  await command("restart");
  const isOnlineAgain = ({ kind, device }: { kind: string; device: string | null }) =>
    kind === "online" && device === bot.device.jid;
  await installation.simulator.transcript.waitFor(isOnlineAgain, 60_000, position);
  await waitForState(installation, bot.id, "online");
  const caller = installation.simulator.createContact();
  await callThatRings(installation, bot, () => caller.placeCall(bot.phone));
});

test("logout unlinks the device at WhatsApp and forgets the session; the bot can be paired again", async () => {
  await command("logout");
  const out = await waitForState(installation, bot.id, "logged-out");
  expect(out).toMatchObject({ linked: false, reason: "logged-out-by-user", desiredState: "stopped" });
  expect(bot.phone.devices).toEqual([]);
  const gone = await service.ask("GET", `/api/bots/${bot.id}/session`);
  expect(gone).toMatchObject({ body: { code: "not-paired" } });
  const path = `/api/bots/${bot.id}/pairing`;
  await installation.rest.done("POST", path, { method: "qr" });
});

test("deleting a bot needs its name, hides it at once and unlinks its device", async () => {
  const phone = installation.simulator.createPhone({ phoneNumber: "4915100000002" });
  const doomed = await pairByCode(installation, "Doomed", phone);
  const path = `/api/bots/${doomed.id}`;
  expect(await installation.rest.ask("DELETE", path, { confirm: "Other" })).toMatchObject({
    body: { code: "confirm-mismatch" },
  });
  expect(await getBot(installation, doomed.id)).toMatchObject({ state: "online" });
  await installation.rest.done("DELETE", path, { confirm: "Doomed" });
  expect(await installation.rest.ask("GET", path)).toMatchObject({ status: 404 });
  await eventually(
    async () => phone.devices.length,
    (count) => count === 0,
  );
});

test("neither the printed lines nor the files of the database hold a secret, and the server saw no rule broken", async () => {
  await installation.stopProduct();
  expect(installation.secrets.count).toBeGreaterThan(20);
  expect(installation.secrets.leakedInto(installation.logs)).toEqual([]);
  const files = (await readdir(installation.dataDir)).filter((name) => name.startsWith("switchboard.db"));
  const contents = await Promise.all(files.map((name) => readFile(join(installation.dataDir, name), "latin1")));
  // On a database server there are none: remote.test.ts looks after that.
  if (process.env.E2E_STORE !== "sqld") expect(contents.join("")).toContain("Front desk");
  expect(installation.secrets.leakedInto(contents)).toEqual([]);
  installation.simulator.assertClean();
});

const command = (name: string): Promise<void> => installation.rest.done("POST", `/api/bots/${bot.id}/${name}`);

async function issueToken(rest: Rest, body: object): Promise<string> {
  const { token } = await rest.send("POST", `/api/bots/${bot.id}/session`, body, issuedTokenSchema);
  return installation.secrets.add("session token", token);
}

const verify = (token: string) => service.send("POST", "/api/session-tokens/verify", { token }, verifiedTokenSchema);

async function expectRefused(token: string, reason: string): Promise<void> {
  const bearer = installation.restAs(token);
  expect(await bearer.ask("GET", `/api/bots/${bot.id}/session`)).toMatchObject({ status: 401 });
  expect(await bearer.ask("POST", `/api/bots/${bot.id}/session`, {})).toMatchObject({ status: 401 });
  expect(await verify(token)).toEqual({ active: false, reason });
}

/** The id of a token's row, from its claims. */
function idOf(token: string): string {
  const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
  return typeof claims === "object" && claims !== null && "jti" in claims ? String(claims.jti) : "";
}
