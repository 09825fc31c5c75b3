import { CompactEncrypt, CompactSign, generateKeyPair, importJWK, type JWK, UnsecuredJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { createSealingParties, SEALED_AT_MS, SEALING_ISSUER, type SealingParties } from "../testing/sealing-parties.ts";
import { toBase64Url, utf8 } from "./bytes.ts";
import { openBatch, openContent, sealBatch, sealContent } from "./sealed-content.ts";
import type { SubtleKey } from "./subtle-key.ts";

const NOW_S = SEALED_AT_MS / 1_000;
const CLAIMS = { keyId: "key_a", botId: "bot_a", lease: null, revision: 7 };
const PAYLOAD = {
  iss: SEALING_ISSUER,
  aud: "key_a",
  bot: "bot_a",
  leaseId: null,
  epoch: null,
  rev: 7,
  iat: NOW_S,
  exp: NOW_S + 60,
  content: {},
};

let signing: SealingParties["signing"];
let publicKeys: SealingParties["publicKeys"];
let recipient: SealingParties["recipient"];
let other: SealingParties["other"];
let publicX: string;

beforeAll(async () => {
  ({ signing, publicKeys, recipient, other } = await createSealingParties());
  const [publicKey] = publicKeys.values();
  if (!publicKey) throw new Error("no public key");
  publicX = (await crypto.subtle.exportKey("jwk", publicKey)).x ?? "";
});

const open = (jwe: string) =>
  openContent(
    { recipient, publicKeys, issuer: SEALING_ISSUER, nowMs: SEALED_AT_MS },
    { keyId: "key_a", botId: "bot_a" },
    jwe,
  );
const good = () => sealContent({ signing, issuer: SEALING_ISSUER, nowMs: SEALED_AT_MS }, recipient, CLAIMS, {});

type Header = Readonly<Record<string, unknown>>;

/** The service's own signature, with parts of header and payload replaced. */
const sign = (header: Header = {}, payload: Header = {}, key: SubtleKey = signing.privateKey) =>
  new CompactSign(utf8(JSON.stringify({ ...PAYLOAD, ...payload })))
    .setProtectedHeader({ alg: "EdDSA", typ: "session-content+jwt", kid: "sig", ...header })
    .sign(key, { crit: { exp: true } });

/** What anybody can do who knows the public key: seals a text, with parts of the header replaced. */
async function seal(header: Header = {}, text?: string, key?: JWK | SubtleKey | Uint8Array): Promise<string> {
  const to = key ?? (await importJWK({ ...recipient.publicJwk }, "ECDH-ES+A256KW"));
  return new CompactEncrypt(utf8(text ?? (await sign())))
    .setProtectedHeader({ ...usual(), ...header })
    .encrypt(to, { crit: { exp: true } });
}

const usual = () => ({
  alg: "ECDH-ES+A256KW",
  enc: "A256GCM",
  typ: "session+jwe",
  cty: "application/jose",
  kid: recipient.id,
});

/** A good answer with its header written anew; the ciphertext no longer fits to it, and must not even be tried. */
async function rewrite(change: Header): Promise<string> {
  const [head = "", ...rest] = (await good()).split(".");
  const header = JSON.parse(Buffer.from(head, "base64url").toString());
  return [toBase64Url(utf8(JSON.stringify({ ...header, ...change }))), ...rest].join(".");
}

const secret = new Uint8Array(32);
const rsa = generateKeyPair("RSA-OAEP-256", { extractable: true });
const p384 = generateKeyPair("ECDH-ES", { crv: "P-384", extractable: true });

const envelopes: Readonly<Record<string, () => Promise<string>>> = {
  "alg ECDH-ES": () => seal({ alg: "ECDH-ES" }),
  "alg ECDH-ES+A128KW": () => seal({ alg: "ECDH-ES+A128KW" }),
  "alg ECDH-ES+A192KW": () => seal({ alg: "ECDH-ES+A192KW" }),
  "alg RSA-OAEP-256": async () => seal({ alg: "RSA-OAEP-256" }, undefined, (await rsa).publicKey),
  "alg dir": () => seal({ alg: "dir" }, undefined, secret),
  "alg A256KW": () => seal({ alg: "A256KW" }, undefined, secret),
  "alg A256GCMKW": () => seal({ alg: "A256GCMKW" }, undefined, secret),
  "alg PBES2 with the public key as password": () =>
    seal({ alg: "PBES2-HS256+A128KW" }, undefined, utf8(recipient.publicJwk.x)),
  "alg none": () => rewrite({ alg: "none" }),
  "enc A128GCM": () => seal({ enc: "A128GCM" }),
  "enc A192GCM": () => seal({ enc: "A192GCM" }),
  "enc A256CBC-HS512": () => seal({ enc: "A256CBC-HS512" }),
  "enc A128CBC-HS256": () => seal({ enc: "A128CBC-HS256" }),
  "zip DEF": () => seal({ zip: "DEF" }),
  "zip DEF around a bomb": async () => seal({ zip: "DEF" }, "0".repeat(5_000_000)),
  "no typ": () => seal({ typ: undefined }),
  "the typ of a session token": () => seal({ typ: "session+jwt" }),
  "the typ of a batch": () => seal({ typ: "auth-batch+jwe" }),
  "a typ in capitals": () => seal({ typ: "SESSION+JWE" }),
  "a typ with its media type written out": () => seal({ typ: "application/session+jwe" }),
  "no cty": () => seal({ cty: undefined }),
  "the cty of JSON": () => seal({ cty: "application/json" }),
  "no kid": () => seal({ kid: undefined }),
  "the kid of somebody else": () => seal({ kid: other.id }),
  "a kid of the language's own": () => seal({ kid: "__proto__" }),
  "a kid that is a list": () => seal({ kid: [recipient.id] }),
  "something that must be understood": () => seal({ crit: ["exp"], exp: 1 }),
  "its own key in jwk": () => seal({ jwk: recipient.publicJwk }),
  "its own keys at jku": () => seal({ jku: "http://127.0.0.1:1/" }),
  "its own certificate at x5u": () => seal({ x5u: "http://127.0.0.1:1/" }),
  "its own certificate in x5c": () => seal({ x5c: ["AAAA"] }),
  "a thumbprint in x5t": () => seal({ x5t: "AAAA" }),
  "b64 false": () => seal({ b64: false }),
  "a claim of its own": () => seal({ iss: SEALING_ISSUER }),
  "parts of its own in the agreement": async () => {
    const key = await importJWK({ ...recipient.publicJwk }, "ECDH-ES+A256KW");
    return new CompactEncrypt(utf8(await sign()))
      .setProtectedHeader(usual())
      .setKeyManagementParameters({ apu: utf8("a"), apv: utf8("b") })
      .encrypt(key);
  },
  "an ephemeral key of another curve": async () => seal({ alg: "ECDH-ES+A256KW" }, undefined, (await p384).publicKey),
  "an ephemeral key that is no point": () => rewrite({ epk: { ...recipient.publicJwk, y: recipient.publicJwk.x } }),
  "an ephemeral key with its private half": () => rewrite({ epk: { ...recipient.publicJwk, d: other.publicJwk.x } }),
  "an ephemeral key with a name": () => rewrite({ epk: { ...recipient.publicJwk, kid: "x" } }),
  "no ephemeral key": () => rewrite({ epk: undefined }),
  "an ephemeral key that is a text": () => rewrite({ epk: "x" }),
  "another key than its kid says": async () =>
    seal({}, undefined, (await importJWK({ ...other.publicJwk }, "ECDH-ES+A256KW")) as SubtleKey),
  "bytes that are no text": async () => {
    const key = await importJWK({ ...recipient.publicJwk }, "ECDH-ES+A256KW");
    return new CompactEncrypt(new Uint8Array([255, 254, 0])).setProtectedHeader(usual()).encrypt(key);
  },
  "four parts": async () => (await good()).split(".").slice(0, 4).join("."),
  "six parts": async () => `${await good()}.AAAA`,
  "a line end behind it": async () => `${await good()}\n`,
  "padding behind it": async () => `${await good()}==`,
  "a space in it": async () => (await good()).replace(".", " ."),
  "the other base64 alphabet": async () => (await good()).replaceAll("-", "+").replaceAll("_", "/").concat("+"),
  "an empty tag": async () => `${(await good()).split(".").slice(0, 4).join(".")}.`,
  "a tag of four bytes": async () => {
    const parts = (await good()).split(".");
    return [...parts.slice(0, 4), toBase64Url(Buffer.from(parts[4] ?? "", "base64url").subarray(0, 4))].join(".");
  },
  "nothing in it": async () => "",
  "no JSON in its header": async () => ["AAAA", ...(await good()).split(".").slice(1)].join("."),
};

const signatures: Readonly<Record<string, () => Promise<string>>> = {
  "no signature at all": async () => JSON.stringify(PAYLOAD),
  "alg none": async () => new UnsecuredJWT(PAYLOAD).encode(),
  "alg none under our type": async () => {
    const [, payload] = (await sign()).split(".");
    return `${toBase64Url(utf8(JSON.stringify({ alg: "none", typ: "session-content+jwt", kid: "sig" })))}.${payload}.`;
  },
  "HS256 with the public key as the secret": async () =>
    new CompactSign(utf8(JSON.stringify(PAYLOAD)))
      .setProtectedHeader({ alg: "HS256", typ: "session-content+jwt", kid: "sig" })
      .sign(Buffer.from(publicX, "base64url")),
  "ES256 by the recipient": async () => {
    const { privateKey } = await generateKeyPair("ES256");
    return sign({ alg: "ES256" }, {}, privateKey);
  },
  "another key under our id": async () => sign({}, {}, (await generateKeyPair("EdDSA")).privateKey),
  "another key under its own id": async () => sign({ kid: "own" }, {}, (await generateKeyPair("EdDSA")).privateKey),
  "no id": () => sign({ kid: undefined }),
  "the type JWT": () => sign({ typ: "JWT" }),
  "the type of a session token": () => sign({ typ: "session+jwt" }),
  "no type": () => sign({ typ: undefined }),
  "a type with its media type written out": () => sign({ typ: "application/session-content+jwt" }),
  "its own key in jwk": () => sign({ jwk: { kty: "OKP", crv: "Ed25519", x: publicX } }),
  "something that must be understood": () => sign({ crit: ["exp"], exp: 1 }),
  "a sealed text instead of a signed one": () => good(),
  "another spelling of its signature": async () => {
    const jws = await sign();
    const looser: Readonly<Record<string, string>> = { A: "B", Q: "R", g: "h", w: "x" };
    return jws.slice(0, -1) + looser[jws.slice(-1)];
  },
  "padding behind it": async () => `${await sign()}==`,
  "the signature of another answer": async () => {
    const [header, payload] = (await sign()).split(".");
    return `${header}.${payload}.${(await sign({}, { rev: 8 })).split(".")[2]}`;
  },
  "the content of another answer": async () => {
    const [header, , signature] = (await sign()).split(".");
    return `${header}.${(await sign({}, { content: { creds: 1 } })).split(".")[1]}.${signature}`;
  },
};

const claims: Readonly<Record<string, Header>> = {
  "another issuer": { iss: "https://evil.example" },
  "another API key": { aud: "key_b" },
  "several API keys": { aud: ["key_a", "key_b"] },
  "one API key in a list": { aud: ["key_a"] },
  "another bot": { bot: "bot_b" },
  "no bot": { bot: undefined },
  "no revision": { rev: undefined },
  "a revision that is a text": { rev: "7" },
  "a revision below nothing": { rev: -1 },
  "no content": { content: undefined },
  "half a lease": { leaseId: "lse_a" },
  "the other half of a lease": { epoch: 3 },
  "no lease named": { leaseId: undefined, epoch: undefined },
  "no end": { exp: undefined },
  "an end that is a text": { exp: "later" },
  "no beginning": { iat: undefined },
};

describe("an answer is refused", () => {
  it.each(Object.entries(envelopes))("when its envelope has %s", async (_name, make) => {
    await expect(open(await make())).rejects.toMatchObject({ name: "SealedContentError", reason: "unreadable" });
  });

  it.each(Object.entries(signatures))("when what is inside has %s", async (_name, make) => {
    await expect(open(await seal({}, await make()))).rejects.toMatchObject({ reason: "signature" });
  });

  it.each(Object.entries(claims))("when it is signed for %s", async (_name, change) => {
    await expect(open(await seal({}, await sign({}, change)))).rejects.toMatchObject({ reason: "claims" });
  });

  it("when it is over, to the second", async () => {
    const over = sign({}, { iat: NOW_S - 60, exp: NOW_S });
    await expect(open(await seal({}, await over))).rejects.toMatchObject({ reason: "expired" });
  });

  it("and accepted when nothing of this was done to it", async () => {
    await expect(open(await seal())).resolves.toMatchObject(CLAIMS);
    await expect(open(await good())).resolves.toMatchObject(CLAIMS);
  });
});

describe("a batch is refused", () => {
  const batch = { botId: "bot_a", leaseId: "lse_a", epoch: 3, seq: 1, set: {} };
  const openOwn = (jwe: string) => openBatch(new Map([[recipient.id, recipient]]), jwe);
  const ofBatch = (header: Header = {}, value: unknown = batch) =>
    seal({ typ: "auth-batch+jwe", cty: "application/json", ...header }, JSON.stringify(value));

  it("when it is an answer, a batch for another key, or of another type", async () => {
    await expect(openOwn(await good())).rejects.toMatchObject({ reason: "unreadable" });
    await expect(openOwn(await sealBatch(other, batch))).rejects.toMatchObject({ reason: "unreadable" });
    await expect(openOwn(await ofBatch({ typ: "session+jwe" }))).rejects.toMatchObject({ reason: "unreadable" });
    await expect(openOwn(await ofBatch({ zip: "DEF" }))).rejects.toMatchObject({ reason: "unreadable" });
    await expect(openOwn(await ofBatch())).resolves.toEqual(batch);
  });

  it.each([
    null,
    [],
    "text",
    { ...batch, botId: 1 },
    { ...batch, leaseId: undefined },
    { ...batch, epoch: "3" },
    { ...batch, seq: 1.5 },
    { ...batch, set: undefined },
    { ...batch, more: 1 },
  ])("when it holds %j", async (value) => {
    await expect(openOwn(await ofBatch({}, value))).rejects.toMatchObject({ reason: "claims" });
  });
});
