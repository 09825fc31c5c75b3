import { type BotId, events, sessionTokens } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Actor } from "../../../context.ts";
import { addBot, addPerson, addTeam, apiKeyActor, justConfirmed } from "../../../testing/factories.ts";
import { linkBot } from "../../../testing/linked-bot.ts";
import { auditOf, eventTypesOf } from "../../../testing/records.ts";
import { createTestContext, type TestContext } from "../../../testing/test-context.ts";
import { issueToken } from "../../sessions/issue-token.ts";
import { authenticateSessionToken } from "../../sessions/tokens.ts";
import { authenticateCredential } from "../authenticate.ts";
import { createApiKey } from "./create-api-key.ts";
import { getApiKey } from "./get-api-key.ts";
import { revokeApiKey } from "./revoke-api-key.ts";
import { rotateApiKey } from "./rotate-api-key.ts";
import { type CreatedApiKey, createApiKeySchema, rotateApiKeySchema, updateApiKeySchema } from "./schemas.ts";
import { updateApiKey } from "./update-api-key.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let test: TestContext;
let owner: Extract<Actor, { kind: "user" }>;
let botId: BotId;
let key: CreatedApiKey;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());
beforeEach(async () => {
  owner = await addTeam(test);
  botId = await addBot(test, owner);
  await linkBot(test, botId);
  key = await newKey();
});

const admin = () => test.as(justConfirmed(test, owner));
/** The same admin, who gave the password too long ago. */
const late = () => test.as({ ...owner, confirmedAtMs: test.clock.nowMs() - 15 * 60_000 });
const nobody = () => test.as({ kind: "anonymous" });
const newKey = (changes: object = {}) =>
  createApiKey(
    admin(),
    createApiKeySchema.parse({
      name: "orders",
      scopes: ["session:read", "session:token"],
      botIds: [botId],
      expiresInDays: 30,
      ...changes,
    }),
  );
const change = (changes: object, ctx = admin(), keyId = key.id) =>
  updateApiKey(ctx, { keyId, ...updateApiKeySchema.parse(changes) });
const rotate = (wish: object = {}, ctx = admin(), keyId = key.id) =>
  rotateApiKey(ctx, { keyId, ...rotateApiKeySchema.parse(wish) });
const works = async (secret: string) =>
  authenticateCredential(nobody(), secret).then(
    () => true,
    () => false,
  );
/** A session token made with the key. */
const tokenOf = async ({ secret }: CreatedApiKey) =>
  (await issueToken(test.as(await authenticateCredential(nobody(), secret)), { botId, expiresIn: 2 * 86_400 })).token;
const tokenWorks = async (token: string) => (await authenticateSessionToken(nobody(), token)).ok;

describe("a change of a key", () => {
  it("is shown, and noted in the audit and in no event", async () => {
    const changed = await change({ name: "billing", cidrs: ["192.0.2.0/24"], requestsPerMinute: 60 });
    expect(changed).toMatchObject({ name: "billing", cidrs: ["192.0.2.0/24"], requestsPerMinute: 60 });
    expect(await getApiKey(admin(), { keyId: key.id })).toEqual(changed);
    const rows = await auditOf(test, key.id);
    expect(rows.map((row) => row.action)).toEqual(["api-key.create", "api-key.update"]);
    expect(rows.at(-1)?.detail).toEqual({ name: "billing", cidrs: ["192.0.2.0/24"], requestsPerMinute: 60 });
    const types = await eventTypesOf(test, owner.teamId);
    expect(types.filter((type) => type.startsWith("key."))).toEqual(["key.created"]);
  });

  it("leaves alone what it does not name", async () => {
    await change({ requestsPerMinute: 60, cidrs: ["192.0.2.0/24"] });
    await change({ disabled: true });
    const renamed = await change({ name: "x" });
    expect(renamed).toMatchObject({ status: "disabled", requestsPerMinute: 60, cidrs: ["192.0.2.0/24"], name: "x" });
    expect(await change({ requestsPerMinute: null })).toMatchObject({ requestsPerMinute: null, status: "disabled" });
  });

  it("to disabled ends the key and its session tokens at once, and enabling brings both back", async () => {
    const token = await tokenOf(key);
    const disabled = await change({ disabled: true });
    expect(disabled).toMatchObject({ status: "disabled", disabledAt: new Date(test.clock.nowMs()).toISOString() });
    expect([await works(key.secret), await tokenWorks(token)]).toEqual([false, false]);
    test.clock.advanceMs(HOUR_MS);
    expect((await change({ disabled: true })).disabledAt).toBe(disabled.disabledAt);
    expect(await change({ disabled: false })).toMatchObject({ status: "active", disabledAt: null });
    expect([await works(key.secret), await tokenWorks(token)]).toEqual([true, true]);
  });

  it.each([
    ["enabling", { disabled: true }, { disabled: false }],
    ["other ranges", {}, { cidrs: ["192.0.2.0/24"] }],
    ["all addresses", { cidrs: ["192.0.2.0/24"] }, { cidrs: null }],
    ["a higher quota", { requestsPerMinute: 60 }, { requestsPerMinute: 61 }],
    ["the installation's quota", { requestsPerMinute: 60 }, { requestsPerMinute: null }],
    ["a quota instead of the installation's", {}, { requestsPerMinute: 1 }],
  ])("that may widen it needs a recent password: %s", async (_name, before, changes) => {
    const present = await change({ name: "orders", ...before });
    await expect(change(changes, late())).rejects.toMatchObject({ code: "confirmation-required" });
    expect(await getApiKey(admin(), { keyId: key.id })).toEqual(present);
    expect(await change(changes)).not.toEqual(present);
  });

  it.each([
    ["disabling", { disabled: true }],
    ["disabling together with the present range", { disabled: true, cidrs: ["192.0.2.0/24"] }],
    ["a name", { name: "other" }],
    ["a lower quota", { requestsPerMinute: 59 }],
    ["the present quota", { requestsPerMinute: 60 }],
    ["enabled as it is", { disabled: false }],
  ])("that cannot widen it needs none: %s", async (_name, changes) => {
    await change({ requestsPerMinute: 60, cidrs: ["192.0.2.0/24"] });
    await expect(change(changes, late())).resolves.toBeTruthy();
  });

  it("is refused once the key has ended", async () => {
    const short = await newKey({ expiresInDays: 1 });
    test.clock.advanceMs(DAY_MS);
    await expect(change({ name: "x" }, admin(), short.id)).rejects.toMatchObject({ code: "conflict" });
    await revokeApiKey(admin(), { keyId: key.id });
    await expect(change({ disabled: false })).rejects.toMatchObject({ code: "conflict" });
  });

  it("is nobody's but an admin's of the team", async () => {
    const stranger = await addTeam(test);
    const operator = await addPerson(test, owner.teamId, "operator");
    await expect(change({ name: "x" }, test.as(stranger))).rejects.toMatchObject({ code: "not-found" });
    await expect(change({ name: "x" }, admin(), "key_x")).rejects.toMatchObject({ code: "not-found" });
    for (const actor of [operator, apiKeyActor(owner.teamId, ["bots:write"])])
      await expect(change({ name: "x" }, test.as(actor))).rejects.toMatchObject({ code: "forbidden" });
    expect(await getApiKey(admin(), { keyId: key.id })).toMatchObject({ name: "orders" });
  });

  it("names something, and only ranges that are ranges", async () => {
    expect(updateApiKeySchema.safeParse({}).success).toBe(false);
    expect(updateApiKeySchema.safeParse({ scopes: ["bots:read"] }).success).toBe(false);
    expect(updateApiKeySchema.safeParse({ requestsPerMinute: 6_001 }).success).toBe(false);
    expect(updateApiKeySchema.safeParse({ requestsPerMinute: 0 }).success).toBe(false);
    const bad = { code: "validation-failed", details: { errors: [{ path: "cidrs.1" }] } };
    await expect(change({ cidrs: ["192.0.2.0/24", "ten"] })).rejects.toMatchObject(bad);
  });
});

describe("a rotation", () => {
  it("makes a key that may do the same, and names it in the old one", async () => {
    await change({ cidrs: ["192.0.2.0/24"], requestsPerMinute: 60 });
    test.clock.advanceMs(DAY_MS);
    const next = await rotate();
    const { id, name, scopes, botIds, cidrs, requestsPerMinute } = next;
    expect({ name, scopes, botIds, cidrs, requestsPerMinute }).toEqual({
      name: "orders",
      scopes: key.scopes,
      botIds: [botId],
      cidrs: ["192.0.2.0/24"],
      requestsPerMinute: 60,
    });
    expect(next).toMatchObject({ status: "active", successorId: null, lastUsedAt: null });
    expect(Date.parse(next.expiresAt)).toBe(test.clock.nowMs() + 30 * DAY_MS);
    expect(await getApiKey(admin(), { keyId: key.id })).toMatchObject({
      status: "active",
      successorId: id,
      expiresAt: new Date(test.clock.nowMs() + DAY_MS).toISOString(),
    });
  });

  it("lets the old key and its session tokens work through the overlap, and not longer", async () => {
    const token = await tokenOf(key);
    const next = await rotate({ overlapSeconds: 3_600 });
    test.clock.advanceMs(HOUR_MS - 1);
    expect([await works(key.secret), await tokenWorks(token), await works(next.secret)]).toEqual([true, true, true]);
    test.clock.advanceMs(1);
    expect([await works(key.secret), await tokenWorks(token), await works(next.secret)]).toEqual([false, false, true]);
    const [row] = await test.db.reader.select().from(sessionTokens).where(eq(sessionTokens.botId, botId));
    expect(row?.subjectId).toBe(key.id);
  });

  it("without overlap ends the old key at once, and never gives it longer than it had", async () => {
    await rotate({ overlapSeconds: 0 });
    expect(await works(key.secret)).toBe(false);
    const short = await newKey({ expiresInDays: 1 });
    await rotate({ overlapSeconds: 604_800, expiresInDays: 7 }, admin(), short.id);
    expect((await getApiKey(admin(), { keyId: short.id })).expiresAt).toBe(short.expiresAt);
  });

  it("happens once: of many at a time one wins, and only its key is made", async () => {
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => rotate()));
    const won = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    const lost = results.flatMap((result) => (result.status === "rejected" ? [result.reason.code] : []));
    expect(won).toHaveLength(1);
    expect(lost).toEqual(Array.from({ length: 7 }, () => "conflict"));
    expect((await getApiKey(admin(), { keyId: key.id })).successorId).toBe(won[0]?.id);
    const types = await eventTypesOf(test, owner.teamId);
    expect(types.filter((type) => type.startsWith("key."))).toEqual(["key.created", "key.created"]);
    await expect(rotate()).rejects.toMatchObject({ code: "conflict" });
  });

  it("of the successor works again", async () => {
    const next = await rotate();
    const third = await rotate({}, admin(), next.id);
    expect(await works(third.secret)).toBe(true);
  });

  it("of a disabled, revoked or expired key is refused", async () => {
    await change({ disabled: true });
    await expect(rotate()).rejects.toMatchObject({ code: "conflict" });
    await revokeApiKey(admin(), { keyId: key.id });
    await expect(rotate()).rejects.toMatchObject({ code: "conflict" });
    const short = await newKey({ expiresInDays: 1 });
    test.clock.advanceMs(DAY_MS);
    await expect(rotate({}, admin(), short.id)).rejects.toMatchObject({ code: "conflict" });
  });

  it("needs a recent password, and an admin of the team", async () => {
    const stranger = await addTeam(test);
    const operator = await addPerson(test, owner.teamId, "operator");
    await expect(rotate({}, late())).rejects.toMatchObject({ code: "confirmation-required" });
    await expect(rotate({}, test.as(justConfirmed(test, stranger)))).rejects.toMatchObject({ code: "not-found" });
    for (const actor of [operator, apiKeyActor(owner.teamId, ["bots:write"])])
      await expect(rotate({}, test.as(actor))).rejects.toMatchObject({ code: "forbidden" });
    expect(rotateApiKeySchema.safeParse({ overlapSeconds: 604_801 }).success).toBe(false);
    expect(rotateApiKeySchema.safeParse({ overlapSeconds: -1 }).success).toBe(false);
  });

  it("is in the audit of both keys and in the stream once, without a secret", async () => {
    const next = await rotate();
    const rows = [...(await auditOf(test, key.id)), ...(await auditOf(test, next.id))];
    expect(rows.map((row) => row.action)).toEqual(["api-key.create", "api-key.rotate", "api-key.create"]);
    expect(rows.map((row) => row.detail).slice(1)).toMatchObject([
      { successorId: next.id, overlapSeconds: 86_400 },
      { replaces: key.id },
    ]);
    const told = await test.db.reader.select().from(events).where(eq(events.teamId, owner.teamId));
    const text = JSON.stringify([rows, told]);
    for (const { secret } of [key, next]) expect(text).not.toContain(secret.slice(21));
  });
});
