import { AUTH_BATCH_TYPE, type SealedBatch, sealBatch } from "@switchboard/core/crypto/sealed-content";
import { newKeyPair } from "@switchboard/core/testing/auth-values";
import { addRecipient, openAnswer, type TestRecipient } from "@switchboard/core/testing/recipients";
import { CompactEncrypt, calculateJwkThumbprint, importJWK } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { addOwner, type Owner } from "./support/credentials.ts";
import { type HeldSession, holdSession } from "./support/held-session.ts";
import { createTestApp, type TestApp } from "./support/test-app.ts";

let app: TestApp;
let owner: Owner;
let held: HeldSession;
let recipient: TestRecipient;
beforeAll(async () => {
  app = await createTestApp({ settings: { requestsPerMinute: 100_000 } });
  owner = await addOwner(app.test);
});
afterAll(() => app.dispose());
beforeEach(async () => {
  // The plain scope changes nothing for a key with a recipient key.
  held = await holdSession(app, owner, ["session:lease", "session:plain"]);
  recipient = await addRecipient(app.test, owner.user, held.key.id);
});

const set = { "lid-mapping": { "34600000001": "77" } };

/** The key that clients seal to, as they find it. */
async function serviceKey() {
  const { body } = await app.request("/.well-known/jwks.json");
  const jwk = body.keys.find(({ use }: { use: string }) => use === "enc");
  return { id: jwk.kid, publicJwk: jwk };
}

async function sealed(seq: number, content: object, changes: Partial<SealedBatch> = {}): Promise<string> {
  const { botId, leaseId, epoch } = held.lease;
  return sealBatch(await serviceKey(), { botId, leaseId, epoch, seq, set: {}, ...content, ...changes });
}

const open = async (answer: { readonly body: { readonly sealed: string } }, session = held) =>
  openAnswer(app.test, recipient, { keyId: session.key.id, botId: session.botId }, answer.body.sealed);

describe("the session of a key with a recipient key", () => {
  it("travels sealed both ways: to its public key, and to the one the service publishes", async () => {
    const creds = { ...held.credentials, accountSyncCounter: 3 };
    const written = await held.batch(1, { sealed: await sealed(1, { creds, set }) });
    expect(written).toMatchObject({ status: 200, body: { revision: expect.any(Number) } });
    const read = await held.read({ creds: true, keys: { "lid-mapping": ["34600000001"] } });
    expect(Object.keys(read.body).sort()).toEqual(["revision", "sealed"]);
    expect(read.text).not.toContain(creds.noiseKey.private.data);
    const { leaseId, epoch } = held.lease;
    expect(await open(read)).toMatchObject({
      revision: read.body.revision,
      lease: { leaseId, epoch },
      content: { creds, keys: set },
    });
  });

  it("is not written in plain form", async () => {
    expect(await held.batch(1, { set })).toMatchObject({ status: 422, body: { errors: [{ path: "sealed" }] } });
    const both = { sealed: await sealed(1, { set }), set };
    expect(await held.batch(1, both)).toMatchObject({ status: 422, body: { errors: [{ path: "sealed" }] } });
  });

  it("needs no plain scope", async () => {
    const session = await holdSession(app, owner, ["session:lease"]);
    const own = await addRecipient(app.test, owner.user, session.key.id);
    const answer = await session.read({ creds: true });
    const expected = { keyId: session.key.id, botId: session.botId };
    expect((await openAnswer(app.test, own, expected, answer.body.sealed)).content).toEqual({
      creds: session.credentials,
    });
  });

  it("is answered the same when the batch is sealed once more and sent again", async () => {
    const first = await held.batch(1, { sealed: await sealed(1, { set }) });
    const again = await held.batch(1, { sealed: await sealed(1, { set }) });
    expect(again).toMatchObject({ status: 200, body: first.body });
    const other = { "lid-mapping": { "34600000001": "78" } };
    expect(await held.batch(1, { sealed: await sealed(1, { set: other }) })).toMatchObject({ status: 422 });
  });

  it.each<[string, Partial<SealedBatch>]>([
    ["bot", { botId: "bot_other" }],
    ["lease", { leaseId: "lse_other" }],
    ["epoch", { epoch: 99 }],
    ["number", { seq: 2 }],
  ])("is not written from a batch for another %s", async (_, changes) => {
    const text = await sealed(1, { set }, changes);
    expect(await held.batch(1, { sealed: text })).toMatchObject({
      status: 422,
      body: { errors: [{ path: "sealed" }] },
    });
    expect((await open(await held.read({ keys: { "lid-mapping": ["34600000001"] } }))).content).toEqual({ keys: {} });
  });

  it("is checked inside the seal as outside", async () => {
    const prototype: unknown = JSON.parse('{"pre-key": {"__proto__": null}}');
    for (const content of [
      { set: { session: { "34600000001.0": "text" } } },
      { set: prototype },
      { set: {}, creds: { ...held.credentials, noiseKey: newKeyPair() } },
    ])
      expect(await held.batch(1, { sealed: await sealed(1, content) })).toMatchObject({
        status: 422,
        body: { code: "validation-failed" },
      });
  });

  it.each(["", "x", "a.b.c.d.e", "...."])("is not written from %j", async (text) => {
    expect((await held.batch(1, { sealed: text })).status).toBe(422);
  });

  it("is not written from what is sealed to another key, or as something else", async () => {
    const { botId, leaseId, epoch } = held.lease;
    const foreign = await sealBatch(recipient, { botId, leaseId, epoch, seq: 1, set });
    const service = await serviceKey();
    const asOther = await new CompactEncrypt(
      new TextEncoder().encode(JSON.stringify({ botId, leaseId, epoch, seq: 1, set })),
    )
      .setProtectedHeader({ alg: "ECDH-ES+A256KW", enc: "A256GCM", kid: service.id, typ: `x-${AUTH_BATCH_TYPE}` })
      .encrypt(await importJWK(service.publicJwk, "ECDH-ES+A256KW"));
    for (const text of [foreign, asOther])
      expect(await held.batch(1, { sealed: text })).toMatchObject({
        status: 422,
        body: { errors: [{ path: "sealed" }] },
      });
    expect(await calculateJwkThumbprint(service.publicJwk)).toBe(service.id);
  });
});
