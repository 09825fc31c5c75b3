import { newCredentials, newKeyPair, newRecords } from "@switchboard/core/testing/auth-values";
import { addBot } from "@switchboard/core/testing/factories";
import { leaseTokenOf } from "@switchboard/core/testing/key-lease";
import { apiKeys, audit, events } from "@switchboard/db/schema";
import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { addKey, addOwner, type Owner } from "./support/credentials.ts";
import { type HeldSession, holdSession } from "./support/held-session.ts";
import { itMovesTime } from "./support/runtime.ts";
import { createTestApp, type TestApp } from "./support/test-app.ts";

let app: TestApp;
let owner: Owner;
let held: HeldSession;
beforeAll(async () => {
  app = await createTestApp({ settings: { requestsPerMinute: 100_000 } });
  owner = await addOwner(app.test);
});
afterAll(() => app.dispose());
beforeEach(async () => {
  held = await holdSession(app, owner);
});

const pair = newKeyPair();
const setPreKey = { set: { "pre-key": { "7": pair } } };
const revision = async () => (await held.custodyRow()).authRevision;
const notesOf = ({ lease }: HeldSession) =>
  app.test.db.reader
    .select()
    .from(audit)
    .where(and(eq(audit.actorId, lease.leaseId), eq(audit.action, "session.disclose")));

describe("the remote auth state", () => {
  it("gives back what was stored, each type in its form, with the revision as entity tag", async () => {
    const set = newRecords();
    const stored = await held.batch(1, { set });
    const tag = `"${held.lease.epoch}.${stored.body.revision}"`;
    expect(stored).toMatchObject({ status: 200, body: { revision: await revision() } });
    expect(stored.headers.get("etag")).toBe(tag);
    const keys = Object.fromEntries(Object.entries(set).map(([type, values]) => [type, Object.keys(values)]));
    const read = await held.read({ creds: true, keys });
    expect(read).toMatchObject({ status: 200, body: { creds: held.credentials, revision: stored.body.revision } });
    expect(read.body.keys).toEqual(set);
    expect(read.headers.get("etag")).toBe(tag);
    expect(read.headers.get("cache-control")).toBe("no-store");
  });

  it("leaves absent what does not exist, and what is not asked for", async () => {
    await held.batch(1, setPreKey);
    expect((await held.read({ keys: { "pre-key": ["7", "8"], session: [] } })).body).toEqual({
      keys: { "pre-key": { "7": pair } },
      revision: await revision(),
    });
    expect((await held.read({ creds: true })).body).toEqual({ creds: held.credentials, revision: await revision() });
  });

  it("stores credentials and keys of one operation together, replaces, and deletes by null", async () => {
    const creds = { ...held.credentials, nextPreKeyId: 32, lastPropHash: "after" };
    await held.batch(1, { creds, set: { "pre-key": { "7": pair, "8": newKeyPair() } } });
    const other = newKeyPair();
    await held.batch(2, { set: { "pre-key": { "7": other, "8": null } } });
    const { body } = await held.read({ creds: true, keys: { "pre-key": ["7", "8"] } });
    expect(body).toMatchObject({ creds: { lastPropHash: "after" }, keys: { "pre-key": { "7": other } } });
    expect(Object.keys(body.keys["pre-key"])).toEqual(["7"]);
  });

  it("takes what is asked for in a reading that was made for the same epoch and revision", async () => {
    const { epoch } = held.lease;
    const before = await revision();
    expect(await held.batch(1, setPreKey, { ifMatch: `${epoch}.${before + 1}` })).toMatchObject({
      status: 412,
      body: { code: "precondition-failed", revision: before },
    });
    expect(await held.batch(1, setPreKey, { ifMatch: `${epoch}.${before}` })).toMatchObject({ status: 200 });
    expect(await held.batch(2, setPreKey, { ifMatch: `${epoch}.${before}` })).toMatchObject({ status: 412 });
  });

  it("asks for the fields that make a batch safe to repeat", async () => {
    const { epoch } = held.lease;
    expect(await held.batch(1, setPreKey, { ifMatch: null })).toMatchObject({
      status: 428,
      body: { code: "precondition-required" },
    });
    expect(await held.batch(1, setPreKey, { idempotencyKey: null })).toMatchObject({
      status: 400,
      body: { code: "idempotency-key-missing" },
    });
    for (const idempotencyKey of [`${epoch}-2`, `${epoch + 1}-1`, "1", "x"])
      expect(await held.batch(1, setPreKey, { idempotencyKey })).toMatchObject({
        status: 422,
        body: { errors: [{ path: "idempotency-key" }] },
      });
    for (const ifMatch of [`${epoch}`, "*", `${epoch}.`, `${epoch}.01`, ` ${epoch}.*`])
      expect(await held.batch(1, setPreKey, { ifMatch })).toMatchObject({
        status: 422,
        body: { errors: [{ path: "if-match" }] },
      });
    expect(await held.batch(1, setPreKey)).toMatchObject({ status: 200 });
  });

  it.each([
    ["another noise key", { noiseKey: newKeyPair() }, "creds.noiseKey"],
    ["another identity", { signedIdentityKey: newKeyPair() }, "creds.signedIdentityKey"],
    ["another registration", { registrationId: 1 }, "creds.registrationId"],
    ["another account", { me: { id: "34600000009:1@s.whatsapp.net" } }, "creds.me.id"],
    ["pre-key ids that were given out", { nextPreKeyId: 1 }, "creds.nextPreKeyId"],
    ["half of an identity", { noiseKey: { public: pair.public } }, "creds"],
  ])("never overwrites the identity: %s is refused, and the keys beside it as well", async (_, changes, path) => {
    const before = await revision();
    const answer = await held.batch(1, { creds: { ...held.credentials, ...changes }, ...setPreKey });
    expect(answer).toMatchObject({ status: 422, body: { code: "validation-failed", errors: [{ path }] } });
    expect(await revision()).toBe(before);
    expect((await held.read({ keys: { "pre-key": ["7"] } })).body.keys).toEqual({});
    expect((await held.batch(1, setPreKey)).status).toBe(200);
  });

  it("does not begin for a bot that is not linked", async () => {
    const botId = await addBot(app.test, owner.user);
    const path = `/api/bots/${botId}/session/read`;
    const lease = { botId, leaseId: held.lease.leaseId, epoch: 0 };
    const bearer = await leaseTokenOf(app.test, lease, held.key.id);
    expect(await app.request(path, { bearer, json: { creds: true } })).toMatchObject({ status: 409 });
  });

  it("asks for something", async () => {
    expect(await held.read({})).toMatchObject({ status: 422 });
    expect(await held.batch(1, {})).toMatchObject({ status: 422, body: { errors: [{ path: "set" }] } });
    expect(await held.batch(1, { set: { "pre-key": {} } })).toMatchObject({ status: 422 });
  });
});

describe("who reads and writes it", () => {
  it("is nobody without a lease token: a key is told what to present, others that they may not", async () => {
    const path = `/api/bots/${held.botId}/session/read`;
    const ask = (key: string) => app.request(path, { key, json: { creds: true } });
    expect(await app.request(path, { json: { creds: true } })).toMatchObject({ status: 401 });
    expect(await ask(held.key.secret)).toMatchObject({ status: 403, body: { code: "forbidden" } });
    expect(await ask(owner.token)).toMatchObject({ status: 403, body: { code: "forbidden" } });
    const { secret } = await addKey(app.test, owner, ["session:read", "session:plain"]);
    expect(await ask(secret)).toMatchObject({ status: 403, body: { requiredScope: "session:lease" } });
    const stranger = await addOwner(app.test);
    expect(await ask(stranger.token)).toMatchObject({ status: 404 });
  });

  it("is not the lease of another bot, which is not told of this one", async () => {
    const other = await holdSession(app, owner);
    expect(await held.read({ creds: true }, other.token)).toMatchObject({ status: 404, body: { code: "not-found" } });
    expect(await held.batch(1, setPreKey, { token: other.token })).toMatchObject({ status: 404 });
  });

  it("needs the plain scope where the key has no recipient key", async () => {
    const sealedOnly = await holdSession(app, owner, ["session:lease"]);
    const refused = { status: 403, body: { code: "recipient-key-required" } };
    expect(await sealedOnly.read({ creds: true })).toMatchObject(refused);
    expect(await sealedOnly.batch(1, setPreKey)).toMatchObject(refused);
  });

  it("ends with the key, at once", async () => {
    await app.test.db.write((tx) =>
      tx.update(apiKeys).set({ revokedAtMs: app.test.clock.nowMs() }).where(eq(apiKeys.id, held.key.id)),
    );
    expect(await held.read({ creds: true })).toMatchObject({ status: 401 });
    expect(await held.batch(1, setPreKey)).toMatchObject({ status: 401 });
  });
});

it("has ten times the quota of other credentials, since each message costs a batch", async () => {
  const answer = await held.read({ keys: { "pre-key": ["7"] } });
  expect(answer.headers.get("ratelimit-policy")).toMatch(/^"default";q=(1000000|6000);w=60$/);
});

describe("a disclosure", () => {
  it("of credentials is noted each time: who, under which lease, at which revision, in which form", async () => {
    await held.read({ creds: true });
    await held.read({ creds: true });
    const notes = await notesOf(held);
    expect(notes).toHaveLength(2);
    const { epoch, leaseId } = held.lease;
    const detail = { form: "plain", parts: "credentials", keyId: held.key.id, epoch, revision: await revision() };
    expect(notes[0]).toMatchObject({ actorKind: "lease-token", actorId: leaseId, botId: held.botId, detail });
    const told = await app.test.db.reader
      .select({ data: events.data })
      .from(events)
      .where(and(eq(events.botId, held.botId), eq(events.type, "session.disclosed")));
    expect(told).toHaveLength(2);
  });

  itMovesTime("of keys is noted once an hour and lease, and not when nothing was found", async () => {
    await held.read({ keys: { "pre-key": ["99"] } });
    expect(await notesOf(held)).toHaveLength(0);
    await held.batch(1, setPreKey);
    for (const _ of [1, 2, 3]) await held.read({ keys: { "pre-key": ["7"] } });
    expect(await notesOf(held)).toMatchObject([{ detail: { parts: "keys" } }]);
    app.test.clock.advanceMs(3_600_001);
    const token = await leaseTokenOf(app.test, held.lease, held.key.id);
    await held.read({ keys: { "pre-key": ["7"] } }, token);
    expect(await notesOf(held)).toHaveLength(2);
  });

  it("is not answered when it could not be noted", async () => {
    await app.test.db.write((tx) =>
      tx.run("create trigger no_notes before insert on audit begin select raise(abort, 'full'); end"),
    );
    const answer = await held.read({ creds: true });
    await app.test.db.write((tx) => tx.run("drop trigger no_notes"));
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain(held.credentials.noiseKey.private.data);
  });
});

it("writes nothing of a session into logs and refusals", async () => {
  const canary = "34699999999";
  const secret = newCredentials();
  const private64 = secret.noiseKey.private.data;
  await held.batch(1, { creds: secret, set: { session: { [`${canary}.0`]: null } } });
  await held.batch(1, { set: { session: { [`${canary}.0`]: { private64 } }, "lid-mapping": { [canary]: private64 } } });
  const refused = await held.batch(1, { set: { [private64]: { [canary]: private64 } }, [canary]: private64 });
  await held.batch(1, { set: { "lid-mapping": { [canary]: canary } } });
  await held.read({ creds: true, keys: { "lid-mapping": [canary] } });
  expect(refused.status).toBe(422);
  const logs = app.logLines.join("\n");
  expect(logs).not.toContain(canary);
  expect(logs).not.toContain(private64);
  expect(logs).not.toContain(held.credentials.noiseKey.private.data);
});
