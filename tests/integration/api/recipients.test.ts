import { createRecipient, type TestRecipient } from "@switchboard/core/testing/recipients";
import { calculateJwkThumbprint } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { addKey, addMemberToken, addOwner, type Owner } from "./support/credentials.ts";
import { itMovesTime } from "./support/runtime.ts";
import { createTestApp, type TestAnswer, type TestApp } from "./support/test-app.ts";

let app: TestApp;
let owner: Owner;
let key: { id: string; secret: string };
let path: string;
let recipient: TestRecipient;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.dispose());
beforeEach(async () => {
  owner = await addOwner(app.test);
  key = await addKey(app.test, owner, ["session:read"]);
  path = `/api/keys/${key.id}/recipient`;
  recipient = await createRecipient();
});

const ask = (json: object = { publicJwk: recipient.publicJwk }, bearer = owner.token) =>
  app.request(`${path}/challenge`, { bearer, json });
const register = (proof: string, publicJwk: object = recipient.publicJwk, bearer = owner.token) =>
  app.request(path, { bearer, json: { publicJwk, proof } });
const prove = async (...changes: Parameters<TestRecipient["prove"]> extends [string, string, ...infer R] ? R : never) =>
  recipient.prove(key.id, (await ask()).body.challenge, ...changes);
const expectInvalid = (answer: TestAnswer, field: string, message: RegExp) => {
  expect(answer).toMatchObject({ status: 422, body: { code: "validation-failed", errors: [{ path: field }] } });
  expect(answer.body.errors[0].message).toMatch(message);
};

describe("a registration", () => {
  it("takes a challenge, a proof and an admin; then the key is shown by its thumbprint", async () => {
    expect(await app.request(path, { bearer: owner.token })).toMatchObject({ status: 200, body: { recipient: null } });
    const asked = await ask();
    const inFiveMinutes = app.test.clock.nowMs() + 300_000;
    expect(Math.abs(Date.parse(asked.body.expiresAt) - inFiveMinutes)).toBeLessThan(60_000);
    const answer = await register(await recipient.prove(key.id, asked.body.challenge));
    const thumbprint = await calculateJwkThumbprint({ ...recipient.publicJwk });
    expect(answer).toMatchObject({ status: 200, body: { keyId: key.id, recipient: { thumbprint } } });
    expect((await app.request(path, { bearer: owner.token })).body).toEqual(answer.body);
  });

  it("is refused for what the private key did not sign, with a sentence that says what is wrong", async () => {
    const { challenge } = (await ask()).body;
    const other = await createRecipient();
    const elsewhere = await addKey(app.test, owner, ["session:read"]);
    expectInvalid(await register(await other.prove(key.id, challenge)), "proof", /not signed with the private half/);
    expectInvalid(await register(await recipient.prove(elsewhere.id, challenge)), "proof", /aud/);
    const forOther = (await ask({ publicJwk: other.publicJwk })).body.challenge;
    expectInvalid(await register(await recipient.prove(key.id, forOther)), "proof", /not made for/);
    expectInvalid(await register(await recipient.prove(key.id, "anything")), "proof", /not made for/);
    expectInvalid(await register(await prove({ header: { typ: "JWT" } })), "proof", /compact JWS/);
    expectInvalid(await register("not a proof"), "proof", /compact JWS/);
    expect((await app.request(path, { bearer: owner.token })).body.recipient).toBeNull();
  });

  it("is refused for a private key, which is not repeated, not stored and not logged", async () => {
    const secret = String(recipient.privateJwk.d);
    for (const answer of [await ask({ publicJwk: recipient.privateJwk }), await register("x", recipient.privateJwk)]) {
      expectInvalid(answer, "publicJwk", /private key/);
      expect(answer.text).not.toContain(secret);
    }
    expect(app.logLines.join("\n")).not.toContain(secret);
  });

  it.each([
    ["RSA", { kty: "RSA", n: "AQAB", e: "AQAB" }, /Only P-256/],
    ["X25519", { kty: "OKP", crv: "X25519", x: "AAAA" }, /Only P-256/],
    ["P-384", { kty: "EC", crv: "P-384", x: "AAAA", y: "AAAA" }, /Only P-256/],
    ["a point beside the curve", { kty: "EC", crv: "P-256", x: "A".repeat(43), y: "A".repeat(43) }, /point/],
    ["nothing", {}, /JWK form/],
  ])("is refused for %s", async (_name, publicJwk, message) => {
    expectInvalid(await ask({ publicJwk }), "publicJwk", message);
  });

  itMovesTime("is refused once the challenge has ended", async () => {
    const proof = await prove();
    app.test.clock.advanceMs(300_000);
    expectInvalid(await register(proof), "proof", /has ended/);
  });

  itMovesTime("needs a password of the last fifteen minutes; the challenge does not", async () => {
    app.test.clock.advanceMs(16 * 60_000);
    const proof = await prove();
    expect(await register(proof)).toMatchObject({ status: 403, body: { code: "confirmation-required" } });
    const removed = await app.request(path, { method: "DELETE", bearer: owner.token });
    expect(removed).toMatchObject({ status: 403, body: { code: "confirmation-required" } });
  });

  it("is nothing an API key can do for itself, or an operator, or another team", async () => {
    const proof = await prove();
    const operator = await addMemberToken(app.test, owner, "operator");
    for (const bearer of [key.secret, operator]) {
      expect(await register(proof, recipient.publicJwk, bearer)).toMatchObject({ status: 403 });
      expect(await ask({ publicJwk: recipient.publicJwk }, bearer)).toMatchObject({ status: 403 });
      expect(await app.request(path, { bearer })).toMatchObject({ status: 403 });
      expect(await app.request(path, { method: "DELETE", bearer })).toMatchObject({ status: 403 });
    }
    const stranger = await addOwner(app.test);
    expect(await register(proof, recipient.publicJwk, stranger.token)).toMatchObject({ status: 404 });
    expect((await app.request(path, { bearer: owner.token })).body.recipient).toBeNull();
  });
});

describe("the audit", () => {
  it("tells of a registration, a replacement and a removal, by thumbprint", async () => {
    await register(await prove());
    const first = recipient.id;
    recipient = await createRecipient();
    await register(await prove());
    await app.request(path, { method: "DELETE", bearer: owner.token });
    await app.request(path, { method: "DELETE", bearer: owner.token });
    const { body } = await app.request(`/api/audit?objectId=${key.id}&action=api-key.recipient-set`, {
      bearer: owner.token,
    });
    expect(body.items.map((item: { detail: unknown }) => item.detail)).toEqual([
      { thumbprint: recipient.id, replaces: first },
      { thumbprint: first, replaces: null },
    ]);
    const removed = await app.request(`/api/audit?objectId=${key.id}&action=api-key.recipient-remove`, {
      bearer: owner.token,
    });
    expect(removed.body.items.map((item: { detail: unknown }) => item.detail)).toEqual([{ thumbprint: recipient.id }]);
  });

  it("names who answers for a key that may read plain sessions, when it is made and each time it is renewed", async () => {
    const json = { name: "plain", scopes: ["session:read", "session:plain"] };
    const made = (await app.request("/api/keys", { bearer: owner.token, json })).body;
    const next = await app.request(`/api/keys/${made.id}/rotate`, { bearer: owner.token, json: {} });
    const turn = (disabled: boolean) =>
      app.request(`/api/keys/${next.body.id}`, { method: "PATCH", bearer: owner.token, json: { disabled } });
    await turn(true);
    await turn(false);
    const detailsOf = async (id: string) =>
      (await app.request(`/api/audit?objectId=${id}&action=api-key.`, { bearer: owner.token })).body.items
        .map(({ action, detail }: { action: string; detail: { plainApprovedBy?: string } }) => [
          action,
          detail.plainApprovedBy ?? null,
        ])
        .reverse();
    const person = `user:${owner.user.userId}`;
    expect(await detailsOf(made.id)).toEqual([
      ["api-key.create", person],
      ["api-key.rotate", null],
    ]);
    expect(await detailsOf(next.body.id)).toEqual([
      ["api-key.create", person],
      ["api-key.update", null],
      ["api-key.update", person],
    ]);
  });
});

it("publishes what batches are sealed to, and no private half", async () => {
  const { body } = await app.request("/.well-known/jwks.json");
  const keys: Record<string, unknown>[] = body.keys;
  const encryption = keys.filter(({ use }) => use === "enc");
  expect(encryption).toHaveLength(1);
  const [{ x, y, kid } = {}] = encryption;
  expect(encryption[0]).toEqual({ kty: "EC", crv: "P-256", x, y, kid, alg: "ECDH-ES+A256KW", use: "enc" });
  expect(kid).toBe(await calculateJwkThumbprint({ kty: "EC", crv: "P-256", x: String(x), y: String(y) }));
  expect(JSON.stringify(body)).not.toMatch(/"d":/);
});
