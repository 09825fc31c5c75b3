import { addBot } from "@switchboard/core/testing/factories";
import { linkBot, SESSION_CANARY } from "@switchboard/core/testing/linked-bot";
import type { BotId } from "@switchboard/db/schema";
import { createLocalJWKSet, decodeJwt, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addKey, addOwner, type Owner } from "./support/credentials.ts";
import { itMovesTime, secondsLeftOf } from "./support/runtime.ts";
import { createTestApp, type TestApp } from "./support/test-app.ts";

let app: TestApp;
let owner: Owner;
let botId: BotId;
let path: string;
let plainKey: string;
beforeAll(async () => {
  app = await createTestApp();
  owner = await addOwner(app.test);
  botId = await addBot(app.test, owner.user);
  await linkBot(app.test, botId);
  path = `/api/bots/${botId}/session`;
  plainKey = (await addKey(app.test, owner, ["session:read", "session:plain", "session:token"])).secret;
});
afterAll(() => app.dispose());

const newToken = async (key = plainKey, expiresIn?: number | string): Promise<string> => {
  const { body } = await app.request(path, { key, json: expiresIn === undefined ? {} : { expiresIn } });
  return body.token;
};
const verify = async (token: string) =>
  (await app.request("/api/session-tokens/verify", { key: plainKey, json: { token } })).body;

describe("a session", () => {
  it("is given in plain form to a key that may read it so, with a token, and is stored nowhere on the way", async () => {
    const answer = await app.request(path, { key: plainKey });
    expect(answer).toMatchObject({ status: 200, body: { botId, sealed: false, lease: "none", revision: 1 } });
    expect(answer.body.session.creds.noiseKey.private).toEqual({ type: "Buffer", data: SESSION_CANARY });
    expect(answer.body.session.keys["pre-key"]["1"]).toEqual({ type: "Buffer", data: SESSION_CANARY });
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(await verify(answer.body.token)).toMatchObject({
      active: true,
      botId,
      remainingSeconds: secondsLeftOf(3_600),
    });
  });

  it("is refused to a key without the plain scope, which is told what it needs", async () => {
    const { secret } = await addKey(app.test, owner, ["session:read"]);
    const answer = await app.request(path, { key: secret });
    expect(answer).toMatchObject({ status: 403, body: { code: "recipient-key-required" } });
    expect(answer.text).not.toContain(SESSION_CANARY);
  });

  it("needs the scope session:read", async () => {
    const { secret } = await addKey(app.test, owner, ["session:plain", "bots:read"]);
    expect(await app.request(path, { key: secret })).toMatchObject({
      status: 403,
      body: { code: "scope-missing", requiredScope: "session:read" },
    });
  });

  it("is not there before the bot was paired", async () => {
    const fresh = await addBot(app.test, owner.user);
    const answer = await app.request(`/api/bots/${fresh}/session`, { key: plainKey });
    expect(answer).toMatchObject({ status: 409, body: { code: "not-paired" } });
    expect((await app.request(`/api/bots/${fresh}/session`, { key: plainKey, json: {} })).status).toBe(409);
  });

  it("is not disclosed by HEAD, which the framework would run as a GET", async () => {
    const before = await app.request(`${path}/tokens?limit=200`, { key: plainKey });
    expect((await app.request(path, { method: "HEAD", key: plainKey })).status).toBe(405);
    const after = await app.request(`${path}/tokens?limit=200`, { key: plainKey });
    expect(after.body.items).toHaveLength(before.body.items.length);
  });
});

describe("a session token", () => {
  it("lives an hour without a wish, and as long as is wished within 60 s and 7 days", async () => {
    for (const [wish, seconds] of [
      [undefined, 3_600],
      [60, 60],
      ["15m", 900],
      ["24h", 86_400],
      ["7d", 604_800],
    ] as const) {
      expect((await verify(await newToken(plainKey, wish))).remainingSeconds).toEqual(secondsLeftOf(seconds));
    }
  });

  it("may be asked for without a body", async () => {
    expect((await app.request(path, { method: "POST", key: plainKey })).status).toBe(201);
  });

  it.each([59, 604_801, "8d", "59s", "soon", 3600.5, null, { hours: 1 }])("is not made for %j", async (expiresIn) => {
    const answer = await app.request(path, { key: plainKey, json: { expiresIn } });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: "expiresIn" }] } });
  });

  it("verifies under the published keys, and says what it is", async () => {
    const { body } = await app.request("/.well-known/jwks.json");
    const { payload, protectedHeader } = await jwtVerify(await newToken(), createLocalJWKSet(body), {
      currentDate: new Date(app.test.clock.nowMs()),
    });
    expect(protectedHeader).toMatchObject({ alg: "EdDSA", typ: "session+jwt" });
    expect(payload).toMatchObject({ bot: botId, aud: "switchboard", iss: "http://127.0.0.1:8787" });
    expect(JSON.stringify(body)).not.toMatch(/"d":/);
  });

  it("fetches the session in the form its key would get", async () => {
    const token = await newToken();
    expect(await app.request(path, { bearer: token })).toMatchObject({ status: 200, body: { sealed: false } });
    const { secret } = await addKey(app.test, owner, ["session:read", "session:token"]);
    const weak = await newToken(secret);
    expect(await app.request(path, { bearer: weak })).toMatchObject({
      status: 403,
      body: { code: "recipient-key-required" },
    });
  });

  it("renews itself, and does nothing else", async () => {
    const token = await newToken();
    const renewed = await app.request(path, { bearer: token, json: { expiresIn: "2h" } });
    expect(renewed.status).toBe(201);
    expect(await verify(renewed.body.token)).toMatchObject({ active: true, remainingSeconds: secondsLeftOf(7_200) });
    expect((await app.request(`/api/bots/${botId}`, { bearer: token })).status).toBe(403);
    expect((await app.request("/api/bots", { bearer: token })).status).toBe(403);
    expect((await app.request(`${path}/tokens`, { bearer: token })).status).toBe(403);
    const other = await addBot(app.test, owner.user);
    expect((await app.request(`/api/bots/${other}/session`, { bearer: token })).status).toBe(404);
  });

  it("is listed without itself, and refused at its next use once revoked", async () => {
    const token = await newToken();
    const { jti } = decodeJwt(token);
    const list = await app.request(`${path}/tokens?limit=200`, { key: plainKey });
    expect(list.text).not.toContain(token.split(".")[2]);
    expect(list.body.items.map((row: { id: string }) => row.id)).toContain(jti);
    const revoke = () => app.request(`${path}/tokens/${jti}`, { method: "DELETE", key: plainKey });
    expect([(await revoke()).status, (await revoke()).status]).toEqual([204, 204]);
    expect(await verify(token)).toEqual({ active: false, reason: "revoked" });
    expect(await app.request(path, { bearer: token })).toMatchObject({
      status: 401,
      body: { code: "unauthenticated" },
    });
    expect((await app.request(`${path}/tokens/tok_nothing`, { method: "DELETE", key: plainKey })).status).toBe(404);
  });

  it("dies with the key it was made with", async () => {
    const { id, secret } = await addKey(app.test, owner, ["session:read", "session:plain", "session:token"]);
    const token = await newToken(secret);
    await app.request(`/api/keys/${id}`, { method: "DELETE", bearer: owner.token });
    expect(await verify(token)).toEqual({ active: false, reason: "revoked" });
    expect((await app.request(path, { bearer: token })).status).toBe(401);
  });

  it("is of no team but its own to ask after", async () => {
    const token = await newToken();
    const stranger = await addOwner(app.test);
    const answer = await app.request("/api/session-tokens/verify", { bearer: stranger.token, json: { token } });
    expect(answer.body).toEqual({ active: false, reason: "invalid" });
    expect((await app.request("/api/session-tokens/verify", { json: { token } })).status).toBe(401);
  });

  itMovesTime("ends on the second, without leeway", async () => {
    const token = await newToken(plainKey, 60);
    app.test.clock.advanceMs(59_999);
    expect(await verify(token)).toMatchObject({ active: true, remainingSeconds: 0 });
    app.test.clock.advanceMs(1);
    expect(await verify(token)).toEqual({ active: false, reason: "expired" });
    expect((await app.request(path, { bearer: token })).status).toBe(401);
  });
});
