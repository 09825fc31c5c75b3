import { generateKeyPairSync } from "node:crypto";
import { revokeApiKey } from "@switchboard/core/services/identity/api-keys/revoke-api-key";
import { apiKeys } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { base64url, decodeJwt, type JWTPayload, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openContents, type ReadContents } from "./support/contents.ts";
import { addOwner } from "./support/credentials.ts";
import type { HeldSession } from "./support/held-session.ts";
import type { TestAnswer, TestRequest } from "./support/test-request.ts";
import { createWorld, type World } from "./support/world.ts";

const FAR_S = 4_000_000_000;

let world: World;
let held: HeldSession;
let payload: JWTPayload;
let kid: string;
let publicKey: string;
let readContents: ReadContents;
beforeAll(async () => {
  world = await createWorld();
  held = await world.addHeldSession();
  payload = decodeJwt(held.token);
  const { signing } = world.app.test.as(world.owner.user).keyring;
  kid = signing.id;
  const { keys } = (await world.app.request("/.well-known/jwks.json")).body;
  publicKey = keys.find((key: { kid: string }) => key.kid === kid).x;
  readContents = await openContents(world.app.test);
});
afterAll(() => world.dispose());

const encode = (value: unknown): string => base64url.encode(JSON.stringify(value));
const [ed25519, rsa] = [generateKeyPairSync("ed25519"), generateKeyPairSync("rsa", { modulusLength: 2048 })];
const parts = (): [string, string, string] => {
  const [header = "", content = "", signature = ""] = held.token.split(".");
  return [header, content, signature];
};
const secretOf = (text: string) => new TextEncoder().encode(text);

/** A token of our form signed by a stranger's key. */
const forge = (header: object = {}, key: Parameters<SignJWT["sign"]>[0] = ed25519.privateKey) =>
  new SignJWT(payload).setProtectedHeader({ alg: "EdDSA", typ: "lease+jwt", kid, ...header }).sign(key);

/** A token signed by the installation's own key: what a defect elsewhere could make it sign. null leaves a claim out. */
function signOwn(header: object, claims: object): Promise<string> {
  const { signing } = world.app.test.as(world.owner.user).keyring;
  const content = Object.fromEntries(Object.entries({ ...payload, ...claims }).filter(([, value]) => value !== null));
  return new SignJWT(content)
    .setProtectedHeader({ alg: "EdDSA", typ: "lease+jwt", kid: signing.id, ...header })
    .sign(signing.privateKey);
}

/** The token of a lease whose key was changed since. */
async function ofChangedKey(changes: Partial<typeof apiKeys.$inferInsert>): Promise<string> {
  const other = await world.addHeldSession();
  await world.app.test.db.write((tx) => tx.update(apiKeys).set(changes).where(eq(apiKeys.id, other.key.id)));
  return signOwn({}, { sub: other.key.id });
}

type MakeBad = () => string | Promise<string>;
const nowSeconds = () => Math.floor(world.app.test.clock.nowMs() / 1000);

const zoo: Readonly<Record<string, MakeBad>> = {
  "alg none, without a signature": () => `${encode({ alg: "none", typ: "lease+jwt", kid })}.${parts()[1]}.`,
  "alg none, with the good signature": () => `${encode({ alg: "none", typ: "lease+jwt" })}.${parts()[1]}.${parts()[2]}`,
  "HS256 with the public key as the secret": () => forge({ alg: "HS256" }, base64url.decode(publicKey)),
  "HS256 with the public key's text as the secret": () => forge({ alg: "HS256" }, secretOf(publicKey)),
  "RS256 by another key": () => forge({ alg: "RS256" }, rsa.privateKey),
  "EdDSA by another key under our id": () => forge(),
  "EdDSA by another key without an id": () => forge({ kid: undefined }),
  "its own key in jwk": () => forge({ jwk: ed25519.publicKey.export({ format: "jwk" }) }),
  "its own keys at jku": () => forge({ jku: "http://127.0.0.1:1/jwks.json" }),
  "the good signature under a later end": () => `${parts()[0]}.${encode({ ...payload, exp: FAR_S })}.${parts()[2]}`,
  "the good signature under another epoch": () => `${parts()[0]}.${encode({ ...payload, epoch: 99 })}.${parts()[2]}`,
  "no signature": () => `${parts()[0]}.${parts()[1]}.`,
  "a letter less": () => held.token.slice(0, -1),
  "a letter more": () => `${held.token}A`,
  padding: () => `${held.token}==`,
  "four parts": () => `${held.token}.${parts()[2]}`,
  "thousands of letters": () => `${parts()[0]}.${"A".repeat(8_000)}.${parts()[2]}`,
  "the type of a session token": () => signOwn({ typ: "session+jwt" }, {}),
  "the type JWT": () => signOwn({ typ: "JWT" }, {}),
  "a type in capitals": () => signOwn({ typ: "LEASE+JWT" }, {}),
  "no type": () => signOwn({ typ: undefined }, {}),
  "another audience": () => signOwn({}, { aud: "another" }),
  "no audience": () => signOwn({}, { aud: null }),
  "another issuer": () => signOwn({}, { iss: "http://127.0.0.1:8787.evil.example" }),
  "an end that is past": () => signOwn({}, { exp: 1 }),
  "an end that is now": () => signOwn({}, { exp: nowSeconds() }),
  "no end": () => signOwn({}, { exp: null }),
  "a beginning in the future": () => signOwn({}, { nbf: FAR_S }),
  "no id of its own": () => signOwn({}, { jti: null }),
  "no key": () => signOwn({}, { sub: null }),
  "a key there is not": () => signOwn({}, { sub: "key_01jnzyt6g0zzzzzzzzzzzzzzzz" }),
  "a person for a key": () => signOwn({}, { sub: world.owner.user.userId }),
  "no bot": () => signOwn({}, { bot: null }),
  "a bot that is no id": () => signOwn({}, { bot: "../../etc" }),
  "a bot that is a list": () => signOwn({}, { bot: [held.botId] }),
  "no lease": () => signOwn({}, { leaseId: null }),
  "a lease that is no id": () => signOwn({}, { leaseId: "' or 1=1 --" }),
  "no epoch": () => signOwn({}, { epoch: null }),
  "an epoch that is text": () => signOwn({}, { epoch: String(held.lease.epoch) }),
  "an epoch that is no whole number": () => signOwn({}, { epoch: held.lease.epoch + 0.5 }),
  "an epoch beyond all numbers": () => signOwn({}, { epoch: 2 ** 60 }),
  "no scope": () => signOwn({}, { scp: null }),
  "another scope": () => signOwn({}, { scp: "session:read" }),
  "more scopes": () => signOwn({}, { scp: "session:lease bots:write" }),
  "a key that was revoked": async () => {
    const other = await world.addHeldSession();
    await revokeApiKey(world.app.test.as(world.owner.user), { keyId: other.key.id });
    return other.token;
  },
  "a key that is disabled": () => ofChangedKey({ disabledAtMs: 1 }),
  "a key that ended": () => ofChangedKey({ expiresAtMs: 1 }),
  "a key that lost its scope": () => ofChangedKey({ scopes: ["session:plain"] }),
  "a key for other bots": () => ofChangedKey({ botIds: [] }),
  "a key for other addresses": () => ofChangedKey({ cidrs: ["192.0.2.0/24"] }),
};

/** The answer without what may differ: the id of the request. */
const withoutId = ({ status, text }: TestAnswer) => ({ status, text: text.replace(/req_[0-9a-z]{26}/g, "req") });

const calls = (): readonly [string, TestRequest][] => [
  ["/read", { json: { creds: true } }],
  ["/batch", { json: { seq: 1, set: {} }, headers: { "if-match": '"1.*"', "idempotency-key": "1-1" } }],
  ["/lease", {}],
  ["/lease", { method: "PATCH", json: {} }],
  ["/lease", { method: "DELETE", json: { finalRevision: 1, clean: true } }],
  ["/lease/handover", { json: { to: "workers" } }],
  ["/lease/events", {}],
];

describe("a bad lease token", () => {
  it("comes in twenty-five kinds and more", () => {
    expect(Object.keys(zoo).length).toBeGreaterThanOrEqual(25);
  });

  it.each(Object.entries(zoo))(
    "(%s) is 401 wherever it is shown, like every other, and changes nothing",
    async (_name, make) => {
      const bearer = await make();
      const before = await readContents();
      const session = `/api/bots/${held.botId}/session`;
      const nonsense = withoutId(await world.app.request("/api/bots", { bearer: "nonsense" }));
      expect(nonsense.status).toBe(401);
      for (const [tail, request] of calls())
        expect(withoutId(await world.app.request(`${session}${tail}`, { ...request, bearer }))).toEqual(nonsense);
      expect(await readContents()).toEqual(before);
    },
  );

  it("is none of the good one it was made from", async () => {
    for (const bearer of [held.token, await signOwn({}, {})]) {
      const answer = await world.app.request(`/api/bots/${held.botId}/session/lease`, { bearer });
      expect(answer).toMatchObject({ status: 200, body: { leaseId: held.lease.leaseId } });
    }
  });

  it("whose claims are good says which lease is meant, and no other is touched by it", async () => {
    const other = await world.addHeldSession();
    const stranger = await addOwner(world.app.test);
    const path = `/api/bots/${held.botId}/session/lease`;
    const tellsOf = async (claims: object) =>
      (await world.app.request(path, { bearer: await signOwn({}, claims) })).status;
    expect(await tellsOf({ epoch: held.lease.epoch - 1 })).toBe(409);
    expect(await tellsOf({ leaseId: other.lease.leaseId })).toBe(409);
    expect(await tellsOf({ bot: other.botId })).toBe(404);
    const foreign = await world.app.request(path, { bearer: stranger.token });
    expect(foreign.status).toBe(404);
  });
});
