import { apiKeys, recipientKeys } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { exportJWK, SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Actor } from "../../context.ts";
import { addPerson, addTeam, apiKeyActor, justConfirmed } from "../../testing/factories.ts";
import { addRecipient, createRecipient, type TestRecipient } from "../../testing/recipients.ts";
import { auditOf } from "../../testing/records.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { createApiKey } from "../identity/api-keys/create-api-key.ts";
import { getApiKey } from "../identity/api-keys/get-api-key.ts";
import { listApiKeys } from "../identity/api-keys/list-api-keys.ts";
import { revokeApiKey } from "../identity/api-keys/revoke-api-key.ts";
import { rotateApiKey } from "../identity/api-keys/rotate-api-key.ts";
import { createApiKeySchema, listApiKeysSchema, rotateApiKeySchema } from "../identity/api-keys/schemas.ts";
import { updateApiKey } from "../identity/api-keys/update-api-key.ts";
import { challengeRecipient } from "./challenge-recipient.ts";
import { findRecipient, getRecipient } from "./recipients.ts";
import { removeRecipient } from "./remove-recipient.ts";
import { setRecipient } from "./set-recipient.ts";

const CHALLENGE_MS = 300_000;

let test: TestContext;
let owner: Extract<Actor, { kind: "user" }>;
let keyId: string;
let recipient: TestRecipient;

beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());
beforeEach(async () => {
  owner = await addTeam(test);
  keyId = await newKey();
  recipient = await createRecipient();
});

const admin = () => test.as(justConfirmed(test, owner));
const late = () => test.as({ ...owner, confirmedAtMs: test.clock.nowMs() - 3_600_000 });
const newKey = async (): Promise<string> =>
  (await createApiKey(admin(), createApiKeySchema.parse({ name: "k", scopes: ["session:read"] }))).id;
const challenge = async (of = recipient, id = keyId) =>
  (await challengeRecipient(admin(), { keyId: id, publicJwk: { ...of.publicJwk } })).challenge;
const register = (proof: string, publicJwk: object = recipient.publicJwk, ctx = admin()) =>
  setRecipient(ctx, { keyId, publicJwk: { ...publicJwk }, proof });
const rowsOf = (id: string) =>
  test.db.reader.select().from(recipientKeys).where(eq(recipientKeys.apiKeyId, id)).orderBy(recipientKeys.id);
const refusedFor = (path: string, message: RegExp) => ({
  code: "validation-failed",
  details: { errors: [{ path, message: expect.stringMatching(message) }] },
});

describe("a recipient key", () => {
  it("is registered with a challenge that its owner signed, and shown without anything secret", async () => {
    expect(await getRecipient(admin(), { keyId })).toEqual({ keyId, recipient: null });
    const shown = await register(await recipient.prove(keyId, await challenge()));
    expect(shown).toEqual({
      keyId,
      recipient: {
        thumbprint: recipient.id,
        publicJwk: recipient.publicJwk,
        registeredAt: new Date(test.clock.nowMs()).toISOString(),
        registeredBy: `user:${owner.userId}`,
      },
    });
    expect(await getRecipient(admin(), { keyId })).toEqual(shown);
    expect(await findRecipient(test.db.reader, keyId)).toMatchObject({ id: recipient.id });
    const [row] = (await auditOf(test, keyId)).slice(-1);
    expect(row).toMatchObject({
      action: "api-key.recipient-set",
      detail: { thumbprint: recipient.id, replaces: null },
    });
  });

  it("is named by its thumbprint wherever the API key is shown, and by its successor's", async () => {
    const shownAs = async (id: string) => {
      const { items } = await listApiKeys(admin(), listApiKeysSchema.parse({}));
      return [(await getApiKey(admin(), { keyId: id })).recipient, items.find((key) => key.id === id)?.recipient];
    };
    expect(await shownAs(keyId)).toEqual([null, null]);
    await addRecipient(test, owner, keyId);
    await addRecipient(test, owner, keyId, recipient);
    expect(await shownAs(keyId)).toEqual([recipient.id, recipient.id]);
    expect((await updateApiKey(admin(), { keyId, name: "renamed" })).recipient).toBe(recipient.id);
    const next = await rotateApiKey(admin(), { keyId, ...rotateApiKeySchema.parse({}) });
    expect([next.recipient, ...(await shownAs(next.id))]).toEqual([recipient.id, recipient.id, recipient.id]);
    expect((await revokeApiKey(admin(), { keyId })).recipient).toBe(recipient.id);
    await removeRecipient(admin(), { keyId: next.id });
    expect(await shownAs(next.id)).toEqual([null, null]);
  });

  it("takes the place of an older one, which stays in the table with its end", async () => {
    await addRecipient(test, owner, keyId, recipient);
    test.clock.advanceMs(1);
    const next = await addRecipient(test, owner, keyId);
    const rows = await rowsOf(keyId);
    expect(rows.map((row) => [row.thumbprint, row.replacedAtMs])).toEqual([
      [recipient.id, test.clock.nowMs()],
      [next.id, null],
    ]);
    expect(await findRecipient(test.db.reader, keyId)).toMatchObject({ id: next.id });
    const [row] = (await auditOf(test, keyId)).slice(-1);
    expect(row?.detail).toEqual({ thumbprint: next.id, replaces: recipient.id });
  });

  it("is one at a time, however many are registered at once", async () => {
    await Promise.all(Array.from({ length: 6 }, () => addRecipient(test, owner, keyId)));
    const rows = await rowsOf(keyId);
    expect(rows).toHaveLength(6);
    expect(rows.filter((row) => row.replacedAtMs === null)).toHaveLength(1);
  });

  it("is removed once, with an audit row, and again without", async () => {
    await addRecipient(test, owner, keyId, recipient);
    await removeRecipient(admin(), { keyId });
    await removeRecipient(admin(), { keyId });
    expect(await findRecipient(test.db.reader, keyId)).toBeNull();
    const actions = (await auditOf(test, keyId)).map((row) => row.action);
    expect(actions.filter((action) => action === "api-key.recipient-remove")).toHaveLength(1);
  });

  it("goes on to the successor of its API key", async () => {
    await addRecipient(test, owner, keyId, recipient);
    const next = await rotateApiKey(admin(), { keyId, ...rotateApiKeySchema.parse({}) });
    expect(await findRecipient(test.db.reader, next.id)).toMatchObject({ id: recipient.id });
    expect(await findRecipient(test.db.reader, keyId)).toMatchObject({ id: recipient.id });
    expect((await auditOf(test, next.id))[0]?.detail).toMatchObject({ recipient: recipient.id });
  });

  it("is not given to an API key that has ended", async () => {
    const proof = await recipient.prove(keyId, await challenge());
    await revokeApiKey(admin(), { keyId });
    await expect(register(proof)).rejects.toMatchObject({ code: "conflict" });
  });
});

describe("a proof", () => {
  it("is good to the millisecond of the challenge's end", async () => {
    const proof = await recipient.prove(keyId, await challenge());
    test.clock.advanceMs(CHALLENGE_MS - 1);
    await expect(register(proof)).resolves.toBeTruthy();
    test.clock.advanceMs(1);
    await expect(register(proof)).rejects.toMatchObject(refusedFor("proof", /has ended/));
  });

  it("proves nothing about another public key or another API key", async () => {
    const other = await createRecipient();
    const ofOther = await recipient.prove(keyId, await challenge(other));
    await expect(register(ofOther)).rejects.toMatchObject(refusedFor("proof", /not made for/));
    const signedByOther = await other.prove(keyId, await challenge());
    await expect(register(signedByOther)).rejects.toMatchObject(refusedFor("proof", /not signed/));
    const elsewhere = await newKey();
    const ofElsewhere = await recipient.prove(keyId, await challenge(recipient, elsewhere));
    await expect(register(ofElsewhere)).rejects.toMatchObject(refusedFor("proof", /not made for/));
    const toElsewhere = await recipient.prove(elsewhere, await challenge());
    await expect(register(toElsewhere)).rejects.toMatchObject(refusedFor("proof", /aud/));
    expect(await rowsOf(keyId)).toEqual([]);
  });

  it.each([
    ["a longer life", (text: string) => text.replace(/\.(\d{13})\./, (_, at) => `.${Number(at) + 1}.`)],
    ["another nonce", (text: string) => text.replace(/\.[\w-]{22}\./, `.${"A".repeat(22)}.`)],
    ["another pepper", (text: string) => text.replace("rch1.1.", "rch1.2.")],
    ["no MAC", (text: string) => text.slice(0, text.lastIndexOf("."))],
    ["text behind it", (text: string) => `${text}A`],
  ])("of a challenge with %s is refused", async (_name, change) => {
    const proof = await recipient.prove(keyId, change(await challenge()));
    await expect(register(proof)).rejects.toMatchObject(refusedFor("proof", /not made for/));
  });

  it.each([
    ["a session token's type", { typ: "session+jwt" }],
    ["no type", { typ: undefined }],
    ["its own key", { jwk: { kty: "EC" } }],
    ["a key at an address", { jku: "http://127.0.0.1:1/" }],
    ["something to be understood", { crit: ["exp"], exp: 1 }],
  ])("with %s in its header is refused", async (_name, header) => {
    const proof = await recipient.prove(keyId, await challenge(), { header }).catch(() => "e30.e30.AA");
    await expect(register(proof)).rejects.toMatchObject(refusedFor("proof", /compact JWS/));
  });

  it.each(["HS256", "none"])("with alg %s is refused", async (alg) => {
    const secret = new TextEncoder().encode(recipient.publicJwk.x);
    const claims = new SignJWT({ challenge: await challenge(), aud: keyId });
    const signed = await claims.setProtectedHeader({ alg: "HS256", typ: "recipient-proof+jwt" }).sign(secret);
    const [, payload] = signed.split(".");
    const header = Buffer.from(JSON.stringify({ alg, typ: "recipient-proof+jwt" })).toString("base64url");
    const proof = alg === "none" ? `${header}.${payload}.` : signed;
    await expect(register(proof)).rejects.toMatchObject(refusedFor("proof", /compact JWS/));
  });
});

describe("a key that is sent", () => {
  const send = (publicJwk: object) =>
    Promise.allSettled([
      challengeRecipient(admin(), { keyId, publicJwk: { ...publicJwk } }),
      register("e30.e30.AA", publicJwk),
    ]);
  const expectRefused = async (publicJwk: object, message: RegExp) => {
    for (const result of await send(publicJwk))
      expect(result).toMatchObject({ status: "rejected", reason: refusedFor("publicJwk", message) });
    expect(await rowsOf(keyId)).toEqual([]);
  };

  it("with its private half is refused in words that do not repeat it", async () => {
    await expectRefused(recipient.privateJwk, /private key/);
    const [first] = await send(recipient.privateJwk);
    const reason = first.status === "rejected" ? first.reason : null;
    expect(JSON.stringify([reason, reason.details, String(reason)])).not.toContain(recipient.privateJwk.d);
  });

  it("of another curve or kind is refused", async () => {
    const curves = await Promise.all(
      ["P-384", "P-521"].map(async (namedCurve) => {
        const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve }, true, ["deriveBits"]);
        return exportJWK(pair.publicKey);
      }),
    );
    const okp = { kty: "OKP", crv: "X25519", x: recipient.publicJwk.x };
    for (const jwk of [...curves, okp, { kty: "RSA", n: "AQAB", e: "AQAB" }]) await expectRefused(jwk, /Only P-256/);
  });

  it("that is no point of the curve, or no key at all, is refused", async () => {
    const { publicJwk } = recipient;
    await expectRefused({ ...publicJwk, y: publicJwk.x }, /point/);
    await expectRefused({ ...publicJwk, x: `${publicJwk.x}A` }, /point/);
    await expectRefused({ ...publicJwk, x: undefined }, /point/);
    await expectRefused({}, /JWK form/);
    await expectRefused({ kty: "oct", k: "c2VjcmV0" }, /private/);
  });

  it("is kept without what else came with it", async () => {
    const proof = await recipient.prove(keyId, await challenge());
    await register(proof, { ...recipient.publicJwk, kid: "mine", key_ops: ["verify"], note: "<script>" });
    expect((await rowsOf(keyId))[0]?.publicJwk).toEqual(recipient.publicJwk);
  });
});

describe("who may", () => {
  it("set and remove it: an admin of the team with a recent password", async () => {
    const proof = await recipient.prove(keyId, await challenge());
    await expect(register(proof, recipient.publicJwk, late())).rejects.toMatchObject({ code: "confirmation-required" });
    await expect(removeRecipient(late(), { keyId })).rejects.toMatchObject({ code: "confirmation-required" });
    const stranger = test.as(await addTeam(test));
    await expect(register(proof, recipient.publicJwk, stranger)).rejects.toMatchObject({ code: "not-found" });
    const operator = await addPerson(test, owner.teamId, "operator");
    for (const actor of [operator, { ...apiKeyActor(owner.teamId, ["session:read"]), keyId }]) {
      const ctx = test.as(actor);
      await expect(register(proof, recipient.publicJwk, ctx)).rejects.toMatchObject({ code: "forbidden" });
      await expect(removeRecipient(ctx, { keyId })).rejects.toMatchObject({ code: "forbidden" });
      await expect(getRecipient(ctx, { keyId })).rejects.toMatchObject({ code: "forbidden" });
    }
    expect(await rowsOf(keyId)).toEqual([]);
  });

  it("see it: nobody of another team", async () => {
    await addRecipient(test, owner, keyId, recipient);
    const stranger = test.as(await addTeam(test));
    await expect(getRecipient(stranger, { keyId })).rejects.toMatchObject({ code: "not-found" });
    await expect(removeRecipient(stranger, { keyId })).rejects.toMatchObject({ code: "not-found" });
    const asked = challengeRecipient(stranger, { keyId, publicJwk: { ...recipient.publicJwk } });
    await expect(asked).rejects.toMatchObject({ code: "not-found" });
  });
});

it("ends with its API key's row", async () => {
  await addRecipient(test, owner, keyId, recipient);
  await test.db.write((tx) => tx.delete(apiKeys).where(eq(apiKeys.id, keyId)));
  expect(await rowsOf(keyId)).toEqual([]);
});
