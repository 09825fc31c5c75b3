import { generateKeyPairSync } from "node:crypto";
import { createCredential } from "@switchboard/core/crypto/credential-format";
import { revokeToken } from "@switchboard/core/services/sessions/tokens";
import { apiKeys, sessionTokens } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { base64url, decodeJwt, type JWTPayload, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openContents, type ReadContents } from "./support/contents.ts";
import { addKey, addOwner } from "./support/credentials.ts";
import type { TestAnswer } from "./support/test-request.ts";
import { createWorld, type World } from "./support/world.ts";

const ISSUER = "http://127.0.0.1:8787";
const FAR_S = 4_000_000_000;

let world: World;
let readContents: ReadContents;
let good: { id: string; token: string; payload: JWTPayload };
let kid: string;
let publicKey: string;
beforeAll(async () => {
  world = await createWorld();
  const { id, token } = await world.addSessionToken();
  good = { id, token, payload: decodeJwt(token) };
  const { keys } = (await world.app.request("/.well-known/jwks.json")).body;
  kid = keys[0].kid;
  publicKey = keys[0].x;
  readContents = await openContents(world.app.test);
});
afterAll(() => world.dispose());

const ctx = () => world.app.test.as(world.owner.user);
const encode = (value: unknown): string => base64url.encode(JSON.stringify(value));
const parts = (): [string, string, string] => {
  const [header = "", payload = "", signature = ""] = good.token.split(".");
  return [header, payload, signature];
};
const ed25519 = generateKeyPairSync("ed25519");
const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });

/** A token of our form signed by a stranger's key. */
function forge(header: object = {}, claims: object = {}, key: Parameters<SignJWT["sign"]>[0] = ed25519.privateKey) {
  return new SignJWT({ ...good.payload, ...claims })
    .setProtectedHeader({ alg: "EdDSA", typ: "session+jwt", kid, ...header })
    .sign(key);
}

/** A token signed by the installation's own key: what a defect elsewhere could make it sign. */
function signOwn(header: object, claims: object): Promise<string> {
  const { signing } = ctx().keyring;
  const payload = Object.fromEntries(
    Object.entries({ ...good.payload, ...claims }).filter(([, value]) => value !== null),
  );
  return new SignJWT(payload)
    .setProtectedHeader({ alg: "EdDSA", typ: "session+jwt", kid: signing.id, ...header })
    .sign(signing.privateKey);
}

const secretOf = (text: string) => new TextEncoder().encode(text);
const swapCase = (text: string) =>
  text.replace(/[a-z]/i, (letter) => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()));
/** Another last letter that decodes to the same bytes where the last one carries unused bits. */
function respell(text: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = alphabet.indexOf(text.at(-1) ?? "A");
  return text.slice(0, -1) + alphabet.charAt(last ^ 1);
}

const addGoodKey = () => addKey(world.app.test, world.owner, ["session:read", "session:plain", "bots:read"]);

async function changedKey(changes: Partial<typeof apiKeys.$inferInsert>): Promise<string> {
  const { id, secret } = await addGoodKey();
  await world.app.test.db.write(async (tx) => {
    await tx.update(apiKeys).set(changes).where(eq(apiKeys.id, id));
  });
  return secret;
}

async function changedToken(changes: Partial<typeof sessionTokens.$inferInsert>): Promise<string> {
  const { id, token } = await world.addSessionToken();
  await world.app.test.db.write(async (tx) => {
    await tx.update(sessionTokens).set(changes).where(eq(sessionTokens.id, id));
  });
  return token;
}

type MakeBad = () => string | Promise<string>;

const forged: Readonly<Record<string, MakeBad>> = {
  "alg none, without a signature": () => `${encode({ alg: "none", typ: "session+jwt", kid })}.${parts()[1]}.`,
  "alg NONE": () => `${encode({ alg: "NONE", typ: "session+jwt", kid })}.${parts()[1]}.`,
  "alg none, with the good signature": () =>
    `${encode({ alg: "none", typ: "session+jwt", kid })}.${parts()[1]}.${parts()[2]}`,
  "HS256 with the public key as the secret": () => forge({ alg: "HS256" }, {}, base64url.decode(publicKey)),
  "HS256 with the public key's text as the secret": () =>
    forge({ alg: "HS256" }, {}, secretOf(publicKey.padEnd(32, "="))),
  "HS512 with another secret": () => forge({ alg: "HS512" }, {}, secretOf("x".repeat(64))),
  "RS256 by another key": () => forge({ alg: "RS256" }, {}, rsa.privateKey),
  "PS256 by another key": () => forge({ alg: "PS256" }, {}, rsa.privateKey),
  "ES256 by another key": () => forge({ alg: "ES256" }, {}, p256.privateKey),
  "EdDSA by another key under our id": () => forge(),
  "EdDSA by another key under its own id": () => forge({ kid: "another" }),
  "EdDSA by another key without an id": () => forge({ kid: undefined }),
  "an id that is a path": () => forge({ kid: "../../../dev/null" }),
  "an id that is SQL": () => forge({ kid: "' or 1=1 --" }),
  "an id of the language's own": () => forge({ kid: "__proto__" }),
  "its own key in jwk": () => forge({ jwk: ed25519.publicKey.export({ format: "jwk" }) }),
  "its own keys at jku": () => forge({ jku: "http://127.0.0.1:1/jwks.json" }),
  "its own certificate at x5u": () => forge({ x5u: "http://127.0.0.1:1/cert.pem" }),
  "its own certificate in x5c": () => forge({ x5c: ["AAAA"] }),
  "a header that must be understood": () =>
    `${encode({ alg: "EdDSA", typ: "session+jwt", kid, crit: ["exp"], exp: 1 })}.${parts()[1]}.${parts()[2]}`,
  "the good signature under another payload": () =>
    `${parts()[0]}.${encode({ ...good.payload, exp: FAR_S })}.${parts()[2]}`,
  "the good signature under another header": () =>
    `${encode({ typ: "session+jwt", alg: "EdDSA", kid })}.${parts()[1]}.${parts()[2]}`,
  "a sealed part of another token": async () => {
    const other = decodeJwt((await world.addSessionToken()).token);
    return `${parts()[0]}.${encode({ ...good.payload, ses: other.ses })}.${parts()[2]}`;
  },
  "the signature of another token": async () =>
    `${parts()[0]}.${parts()[1]}.${(await world.addSessionToken()).token.split(".")[2]}`,
};

const claims: Readonly<Record<string, MakeBad>> = {
  "the type of a lease token": () => signOwn({ typ: "lease+jwt" }, {}),
  "the type JWT": () => signOwn({ typ: "JWT" }, {}),
  "no type": () => signOwn({ typ: undefined }, {}),
  "a type in capitals": () => signOwn({ typ: "SESSION+JWT" }, {}),
  "another audience": () => signOwn({}, { aud: "another" }),
  "no audience": () => signOwn({}, { aud: null }),
  "another issuer": () => signOwn({}, { iss: `${ISSUER}.evil.example` }),
  "no issuer": () => signOwn({}, { iss: null }),
  "an end that is past": () => signOwn({}, { exp: 1 }),
  "an end that is now": () => signOwn({}, { exp: Math.floor(world.app.test.clock.nowMs() / 1000) }),
  "no end": () => signOwn({}, { exp: null }),
  "a later end than its row": () => signOwn({}, { exp: FAR_S }),
  "an end that is text": () => signOwn({}, { exp: "4000000000" }),
  "a beginning in the future": () => signOwn({}, { nbf: FAR_S }),
  "no beginning": () => signOwn({}, { nbf: null }),
  "an issue in the future": () => signOwn({}, { iat: FAR_S }),
  "an issue before there were clocks": () => signOwn({}, { iat: -1 }),
  "no issue": () => signOwn({}, { iat: null }),
  "no id": () => signOwn({}, { jti: null }),
  "an id nobody gave": () => signOwn({}, { jti: ctx().ids.next("token") }),
  "an id that is none": () => signOwn({}, { jti: "' or 1=1 --" }),
  "an id that is a list": () => signOwn({}, { jti: [good.id] }),
  "no subject": () => signOwn({}, { sub: null }),
  "another subject": () => signOwn({}, { sub: ctx().ids.next("key") }),
  "no bot": () => signOwn({}, { bot: null }),
  "another bot": async () => signOwn({}, { bot: await world.addLinkedBot() }),
  "nothing sealed": () => signOwn({}, { ses: null }),
  "a payload that is a list": () => `${parts()[0]}.${encode([])}.${parts()[2]}`,
  "a payload that is no JSON": () => `${parts()[0]}.${base64url.encode("{")}.${parts()[2]}`,
};

const spelling: Readonly<Record<string, MakeBad>> = {
  "another last letter of the same signature": () => respell(good.token),
  "another last letter of the header": () => good.token.replace(parts()[0], respell(parts()[0])),
  "padding behind the signature": () => `${good.token}==`,
  "padding behind the header": () => good.token.replace(".", "=."),
  "plain base64 in place of base64url": () => `${parts()[0]}.${parts()[1]}.+${parts()[2].slice(1)}`,
  "a part too few": () => good.token.split(".").slice(0, 2).join("."),
  "a part too many": () => `${good.token}.${parts()[2]}`,
  "doubled dots": () => good.token.replaceAll(".", ".."),
  "a dot before": () => `.${good.token}`,
  "a dot behind": () => `${good.token}.`,
  "dots alone": () => "..",
  "its last letter gone": () => good.token.slice(0, -1),
  "half of it": () => good.token.slice(0, good.token.length / 2),
  "a letter in it changed": () => good.token.replace(/.{40}$/, (end) => swapCase(end)),
  "itself twice": () => good.token + good.token,
  "letters beyond ASCII": () => `${good.token}\u00e9`,
  "7 KB of nothing": () => `${encode({ alg: "EdDSA", typ: "session+jwt", kid })}.${"A".repeat(7_000)}.AAAA`,
  "five parts, as sealed tokens have": () =>
    `${encode({ alg: "dir", enc: "A256GCM", typ: "session+jwt" })}..AAAA.AAAA.AAAA`,
};

const keys: Readonly<Record<string, MakeBad>> = {
  "a key nobody made": () => createCredential("sb_live_").text,
  "a personal token nobody made": () => createCredential("sb_pat_").text,
  "a one-time code": () => createCredential("sb_inv_").text,
  "a key with a wrong checksum": async () =>
    (await addGoodKey()).secret.replace(/.$/, (last) => (last === "A" ? "B" : "A")),
  "a key in capitals": async () => (await addGoodKey()).secret.toUpperCase(),
  "a key whose prefix is in capitals": async () => (await addGoodKey()).secret.replace("sb_live_", "SB_LIVE_"),
  "a key under the prefix of a person": async () => (await addGoodKey()).secret.replace("sb_live_", "sb_pat_"),
  "a key under an unknown prefix": async () => (await addGoodKey()).secret.replace("sb_live_", "sb_test_"),
  "a key without its prefix": async () => (await addGoodKey()).secret.replace("sb_live_", ""),
  "the id of one key and the secret of another": async () => {
    const [one, two] = [(await addGoodKey()).secret, (await addGoodKey()).secret];
    return one.slice(0, 21) + two.slice(21);
  },
  "a key with more behind it": async () => `${(await addGoodKey()).secret}A`,
  "the prefix alone": () => "sb_live_",
  "a revoked key": () => changedKey({ revokedAtMs: world.app.test.clock.nowMs() }),
  "a disabled key": () => changedKey({ disabledAtMs: world.app.test.clock.nowMs() }),
  "a key that ends now": () => changedKey({ expiresAtMs: world.app.test.clock.nowMs() }),
  "a key that moved to another pepper": () => changedKey({ pepperVersion: 99 }),
  "a revoked session token": async () => {
    const { id, token } = await world.addSessionToken();
    await revokeToken(ctx(), { botId: world.linkedBot.botId, tokenId: id });
    return token;
  },
  "a session token whose row says another subject": () => changedToken({ subjectId: "usr_another" }),
  "a session token whose key was revoked": async () => {
    const stranger = await addOwner(world.app.test);
    const { id } = await addKey(world.app.test, stranger, ["session:read"]);
    await world.app.test.db.write(async (tx) => {
      await tx.update(apiKeys).set({ revokedAtMs: 1 }).where(eq(apiKeys.id, id));
    });
    return changedToken({ subjectKind: "key", subjectId: id });
  },
  "the word null": () => "null",
  "an e-mail address and a password": () => btoa("ada@example.org:password"),
};

const zoo = Object.entries({ ...forged, ...claims, ...spelling, ...keys });

/** The answer without what may differ: the id of the request. */
const withoutId = ({ status, text }: TestAnswer): { status: number; text: string } => ({
  status,
  text: text.replace(/req_[0-9a-z]{26}/g, "req"),
});

describe("a bad credential", () => {
  it("comes in sixty kinds and more", () => {
    expect(zoo.length).toBeGreaterThanOrEqual(60);
  });

  it.each(zoo)("(%s) is 401 wherever it is shown, like every other, and changes nothing", async (_name, make) => {
    const text = await make();
    const session = `/api/bots/${world.linkedBot.botId}/session`;
    const { app } = world;
    const before = await readContents();
    const rest = [
      await app.request(session, { bearer: text }),
      await app.request(session, { key: text }),
      await app.request(session, { bearer: text, json: { expiresIn: 60 } }),
      await app.request("/api/bots", { bearer: text }),
    ];
    const procedure = await app.request("/trpc/bots.list", { bearer: text });
    expect(await readContents()).toEqual(before);
    const nonsense = withoutId(await app.request("/api/bots", { bearer: "nonsense" }));
    for (const answer of rest) expect(withoutId(answer)).toEqual(nonsense);
    expect(nonsense.status).toBe(401);
    expect(withoutId(procedure)).toEqual(withoutId(await app.request("/trpc/bots.list", { bearer: "nonsense" })));
    expect(procedure.status).toBe(401);
  });

  it("is none of the good ones they were made from", async () => {
    const session = `/api/bots/${world.linkedBot.botId}/session`;
    expect((await world.app.request(session, { bearer: good.token })).status).toBe(200);
    expect((await world.app.request(session, { bearer: await signOwn({}, {}) })).status).toBe(200);
    expect((await world.app.request(session, { key: (await addGoodKey()).secret })).status).toBe(200);
  });

  it.each([
    ["a personal token in a cookie", () => ({ cookie: `better-auth.session_token=${world.owner.token}` })],
    ["a session token in a cookie", () => ({ cookie: `session=${good.token}; token=${good.token}` })],
    ["another scheme", () => ({ authorization: `Basic ${btoa("a:b")}` })],
    ["a scheme nobody knows", () => ({ authorization: `Token ${world.owner.token}` })],
    ["a bearer without a scheme", () => ({ authorization: world.owner.token })],
    ["two bearers in one field", () => ({ authorization: `Bearer ${world.owner.token}, Bearer ${world.owner.token}` })],
    ["a bearer with a space in it", () => ({ authorization: `Bearer ${world.owner.token} x` })],
    ["a field of another name", () => ({ "x-auth-token": world.owner.token, "api-key": world.owner.token })],
  ])("as %s is 401", async (_name, headers) => {
    expect((await world.app.request("/api/bots", { headers: headers() })).status).toBe(401);
  });

  it("in the address is none at all", async () => {
    for (const name of ["token", "access_token", "api_key", "x-api-key"])
      expect((await world.app.request(`/api/bots?${name}=${world.owner.token}`)).status).toBe(401);
  });

  it("beside a good one cannot be read", async () => {
    const answer = await world.app.request("/api/bots", { key: "nonsense", bearer: world.owner.token });
    expect(answer).toMatchObject({ status: 400, body: { code: "unreadable" } });
  });
});
