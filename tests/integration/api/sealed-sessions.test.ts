import { addBot } from "@switchboard/core/testing/factories";
import { linkBot, SESSION_CANARY } from "@switchboard/core/testing/linked-bot";
import { addRecipient, openAnswer, type TestRecipient } from "@switchboard/core/testing/recipients";
import { audit, type BotId, custody, events } from "@switchboard/db/schema";
import { and, desc, eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openContents } from "./support/contents.ts";
import { addKey, addOwner, type Owner } from "./support/credentials.ts";
import { createTestApp, type TestApp } from "./support/test-app.ts";

const FOR_EVER_MS = 4_000_000_000_000;

let app: TestApp;
let owner: Owner;
let botId: BotId;
let path: string;
let key: { id: string; secret: string };
let recipient: TestRecipient;
beforeAll(async () => {
  app = await createTestApp();
  owner = await addOwner(app.test);
});
afterAll(() => app.dispose());
beforeEach(async () => {
  botId = await addBot(app.test, owner.user);
  await linkBot(app.test, botId);
  path = `/api/bots/${botId}/session`;
  key = await addKey(app.test, owner, ["session:read", "session:plain", "session:token"]);
  recipient = await addRecipient(app.test, owner.user, key.id);
});

const open = (sealed: string) => openAnswer(app.test, recipient, { keyId: key.id, botId }, sealed);
const disclosures = () =>
  app.test.db.reader
    .select()
    .from(audit)
    .where(and(eq(audit.botId, botId), eq(audit.action, "session.disclose")))
    .orderBy(desc(audit.sequence));
const holdBy = (keyId: string, changes: object = {}) =>
  app.test.db.write((tx) =>
    tx
      .update(custody)
      .set({ ...{ state: "held", holderKind: "key", holderId: keyId, leaseId: "lse_x", epoch: 9 }, ...changes })
      .where(eq(custody.botId, botId)),
  );

describe("a sealed session", () => {
  it("is what a key with a recipient key gets, also where it might have the plain form", async () => {
    const answer = await app.request(path, { key: key.secret });
    expect(answer).toMatchObject({ status: 200, body: { botId, sealed: true, lease: "none", revision: 1 } });
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const opened = await open(answer.body.session);
    expect(opened).toMatchObject({ keyId: key.id, botId, lease: null, revision: 1 });
    expect(opened.content).toMatchObject({
      creds: { registrationId: 77, noiseKey: { private: { type: "Buffer", data: SESSION_CANARY } } },
      keys: { "pre-key": { "1": { type: "Buffer", data: SESSION_CANARY } } },
    });
  });

  it("is what a key without session:plain gets, once it has a recipient key and as long as it has", async () => {
    const narrow = await addKey(app.test, owner, ["session:read"]);
    expect((await app.request(path, { key: narrow.secret })).body.code).toBe("recipient-key-required");
    await addRecipient(app.test, owner.user, narrow.id, recipient);
    expect((await app.request(path, { key: narrow.secret })).body.sealed).toBe(true);
    const recipientPath = `/api/keys/${narrow.id}/recipient`;
    expect((await app.request(recipientPath, { method: "DELETE", bearer: owner.token })).status).toBe(204);
    expect((await app.request(path, { key: narrow.secret })).body.code).toBe("recipient-key-required");
  });

  it("is what a session token of the key gets, fetched and renewed", async () => {
    const { token } = (await app.request(path, { key: key.secret, json: { expiresIn: "15m" } })).body;
    const fetched = await app.request(path, { bearer: token });
    expect(fetched.body.sealed).toBe(true);
    await expect(open(fetched.body.session)).resolves.toMatchObject({ botId });
    const renewed = await app.request(path, { bearer: token, json: {} });
    expect((await app.request(path, { bearer: renewed.body.token })).body.sealed).toBe(true);
  });

  it("is for one key: what another key got does not open as this one's", async () => {
    const other = await addKey(app.test, owner, ["session:read"]);
    await addRecipient(app.test, owner.user, other.id, recipient);
    const { session } = (await app.request(path, { key: other.secret })).body;
    await expect(open(session)).rejects.toMatchObject({ reason: "claims" });
  });

  it("is sealed to the newer key as soon as the recipient key was replaced", async () => {
    const newer = await addRecipient(app.test, owner.user, key.id);
    const { session } = (await app.request(path, { key: key.secret })).body;
    await expect(open(session)).rejects.toMatchObject({ reason: "unreadable" });
    await expect(openAnswer(app.test, newer, { keyId: key.id, botId }, session)).resolves.toMatchObject({ botId });
  });

  it("shows nothing of the session anywhere: not in the answer, its fields, the token, or the lines of the log", async () => {
    const answer = await app.request(path, { key: key.secret });
    const parts = [...answer.body.session.split("."), ...answer.body.token.split(".")];
    const readable = parts.map((part: string) => Buffer.from(part, "base64url").toString("latin1"));
    const all = [answer.text, ...readable, JSON.stringify([...answer.headers]), ...app.logLines].join("\n");
    for (const secret of [SESSION_CANARY, "34600000000", "registrationId", "Front desk"])
      expect(all).not.toContain(secret);
    expect(all).not.toContain(String(recipient.privateJwk.d));
  });

  it("leaves the plain form to people, who have no recipient key", async () => {
    expect((await app.request(path, { bearer: owner.token })).body).toMatchObject({ sealed: false });
  });
});

describe("a lease of the bot", () => {
  it("is told to the API key that holds it, and is in what is sealed", async () => {
    await holdBy(key.id, { expiresAtMs: FOR_EVER_MS });
    const answer = await app.request(path, { key: key.secret });
    expect(answer.body.lease).toBe("held-by-you");
    expect((await open(answer.body.session)).lease).toEqual({ leaseId: "lse_x", epoch: 9 });
    const [row] = await disclosures();
    expect(row?.detail).toMatchObject({ leaseId: "lse_x", epoch: 9 });
  });

  it("is not that of another key, of a worker, or of the bearer of a session token", async () => {
    const { token } = (await app.request(path, { key: key.secret, json: {} })).body;
    await holdBy(key.id, { expiresAtMs: FOR_EVER_MS });
    expect((await app.request(path, { bearer: token })).body.lease).toBe("none");
    await holdBy("key_other", { expiresAtMs: FOR_EVER_MS });
    expect((await app.request(path, { key: key.secret })).body.lease).toBe("none");
    await holdBy(key.id, { holderKind: "worker", expiresAtMs: FOR_EVER_MS });
    expect((await app.request(path, { key: key.secret })).body.lease).toBe("none");
  });

  it("is nobody's once it has run out or was frozen", async () => {
    await holdBy(key.id, { expiresAtMs: 1 });
    expect((await app.request(path, { key: key.secret })).body.lease).toBe("none");
    await holdBy(key.id, { state: "frozen", expiresAtMs: FOR_EVER_MS });
    expect((await app.request(path, { key: key.secret })).body.lease).toBe("none");
  });
});

describe("a disclosure", () => {
  it("is in the audit once, with its form, for whom, where to and what of", async () => {
    await app.request(path, { key: key.secret });
    const rows = await disclosures();
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ actorKind: "api-key", actorId: key.id, outcome: "success" });
    expect(rows[0]?.address).toMatch(/^198\.51\.100\./);
    expect(rows[0]?.detail).toEqual({
      form: "sealed",
      keyId: key.id,
      leaseId: null,
      epoch: null,
      revision: 1,
      recipient: recipient.id,
    });
    const told = await app.test.db.reader.select().from(events).where(eq(events.botId, botId));
    expect(told.filter(({ type }) => type === "session.disclosed").map(({ data }) => data)).toEqual([
      { botId, ...rows[0]?.detail },
    ]);
  });

  it("in plain form says so, and who a token stood for", async () => {
    const plain = await addKey(app.test, owner, ["session:read", "session:plain", "session:token"]);
    const { token } = (await app.request(path, { key: plain.secret })).body;
    await app.request(path, { bearer: token });
    await app.request(path, { bearer: owner.token });
    const rows = await disclosures();
    const nothing = { leaseId: null, epoch: null, revision: 1, recipient: null };
    expect(rows.map(({ actorKind, detail }) => ({ actorKind, ...detail })).reverse()).toEqual([
      { actorKind: "api-key", form: "plain", keyId: plain.id, ...nothing },
      { actorKind: "session-token", form: "plain", keyId: plain.id, ...nothing },
      { actorKind: "personal-access-token", form: "plain", keyId: null, ...nothing },
    ]);
  });

  it("that was refused is none", async () => {
    const narrow = await addKey(app.test, owner, ["session:read"]);
    await app.request(path, { key: narrow.secret });
    await app.request(path, { method: "HEAD", key: key.secret });
    expect(await disclosures()).toEqual([]);
  });
});

it("keeps nothing that opens what was sealed: no private half of a recipient key is in the database", async () => {
  await app.request(path, { key: key.secret });
  const { publicJwk, privateJwk } = recipient;
  const sent = { publicJwk: privateJwk };
  const refused = await app.request(`/api/keys/${key.id}/recipient/challenge`, { bearer: owner.token, json: sent });
  expect(refused.status).toBe(422);
  const readContents = await openContents(app.test);
  const all = JSON.stringify(await readContents()) + app.logLines.join("\n") + refused.text;
  expect(all).toContain(publicJwk.x);
  expect(all).not.toContain(privateJwk.d);
});
