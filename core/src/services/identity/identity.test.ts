import { apiKeys, personalTokens, teamMembers } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Actor } from "../../context.ts";
import { addBot, addPerson, addTeam } from "../../testing/factories.ts";
import { auditOf, eventTypesOf } from "../../testing/records.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { createApiKey, listApiKeys, revokeApiKey } from "./api-keys.ts";
import { authenticateCredential } from "./authenticate.ts";
import { completeSetup, isSetUp } from "./complete-setup.ts";
import { getMe } from "./get-me.ts";
import { createApiKeySchema, setupSchema } from "./schemas.ts";
import { signIn } from "./sign-in.ts";
import { signOut } from "./sign-out.ts";

const DAY_MS = 86_400_000;
const PASSWORD = "a sentence is easy to remember";

let test: TestContext;
let owner: Extract<Actor, { kind: "user" }>;
beforeAll(async () => {
  test = await createTestContext();
  owner = await addTeam(test);
});
afterAll(() => test.dispose());

const nobody = () => test.as({ kind: "anonymous" });
const wish = (changes: object = {}) => createApiKeySchema.parse({ name: "key", scopes: ["bots:read"], ...changes });
const keyRow = async (id: string) => (await test.db.reader.select().from(apiKeys).where(eq(apiKeys.id, id)))[0];

describe("an API key", () => {
  it("is stored as an HMAC only, and opens for its text", async () => {
    const { id, secret } = await createApiKey(test.as(owner), wish());
    const row = await keyRow(id);
    expect(JSON.stringify(row)).not.toContain(secret.slice(21, 64));
    expect(row?.secretHmac).toHaveLength(32);
    expect(await authenticateCredential(nobody(), secret)).toMatchObject({
      kind: "api-key",
      keyId: id,
      scopes: ["bots:read"],
    });
  });

  it("is told to stream and audit at its making and its end, without its secret", async () => {
    const team = await addTeam(test);
    const { id, secret } = await createApiKey(test.as(team), wish());
    await revokeApiKey(test.as(team), { keyId: id });
    await revokeApiKey(test.as(team), { keyId: id });
    expect(await eventTypesOf(test, team.teamId)).toEqual(["key.created", "key.revoked"]);
    const rows = await auditOf(test, id);
    expect(rows.map((row) => row.action)).toEqual(["api-key.create", "api-key.revoke"]);
    expect(JSON.stringify(rows)).not.toContain(secret.slice(21));
  });

  it("is not accepted when somebody who can write rows but lacks the pepper planted it", async () => {
    const { secret } = await createApiKey(test.as(owner), wish());
    const target = await createApiKey(test.as(owner), wish());
    const other = await createTestContext();
    const stranger = await addTeam(other);
    const foreign = await createApiKey(other.as(stranger), wish());
    const [foreignRow] = await other.db.reader.select().from(apiKeys).where(eq(apiKeys.id, foreign.id));
    await test.db.write(async (tx) => {
      const planted = { publicId: foreignRow?.publicId ?? "", secretHmac: foreignRow?.secretHmac ?? Buffer.alloc(32) };
      await tx.update(apiKeys).set(planted).where(eq(apiKeys.id, target.id));
    });
    await expect(authenticateCredential(nobody(), foreign.secret)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await authenticateCredential(nobody(), secret)).toMatchObject({ kind: "api-key" });
    await other.dispose();
  });

  it("lives ninety days unless said otherwise, to the millisecond", async () => {
    const { secret } = await createApiKey(test.as(owner), wish());
    test.clock.advanceMs(90 * DAY_MS - 1);
    expect(await authenticateCredential(nobody(), secret)).toMatchObject({ kind: "api-key" });
    test.clock.advanceMs(1);
    await expect(authenticateCredential(nobody(), secret)).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("notes its last use once a minute, from where", async () => {
    const { id, secret } = await createApiKey(test.as(owner), wish());
    const from = (address: string) =>
      test.as({ kind: "anonymous" }, { request: { id: null, address, userAgent: "curl" } });
    await authenticateCredential(from("192.0.2.1"), secret);
    test.clock.advanceMs(59_999);
    await authenticateCredential(from("192.0.2.2"), secret);
    expect(await keyRow(id)).toMatchObject({ lastUsedAddress: "192.0.2.1" });
    test.clock.advanceMs(1);
    await authenticateCredential(from("192.0.2.3"), secret);
    expect(await keyRow(id)).toMatchObject({ lastUsedAddress: "192.0.2.3" });
  });

  it("limited to addresses opens for none that is not told", async () => {
    const { secret } = await createApiKey(test.as(owner), wish({ cidrs: ["192.0.2.0/24"] }));
    await expect(authenticateCredential(nobody(), secret)).rejects.toMatchObject({ code: "address-not-allowed" });
  });

  it("is of no other team to see, to end, or to limit to its bots", async () => {
    const stranger = await addTeam(test);
    const { id } = await createApiKey(test.as(owner), wish());
    const { items } = await listApiKeys(test.as(stranger), { limit: 50 });
    expect(items).toEqual([]);
    await expect(revokeApiKey(test.as(stranger), { keyId: id })).rejects.toMatchObject({ code: "not-found" });
    const botIds = [await addBot(test, stranger), await addBot(test, owner)];
    await expect(createApiKey(test.as(owner), wish({ botIds }))).rejects.toMatchObject({
      code: "validation-failed",
      details: { errors: [{ path: "botIds.0" }] },
    });
  });

  it("is nothing an operator, a viewer or another key may make or see", async () => {
    const actors: Actor[] = [
      await addPerson(test, owner.teamId, "operator"),
      await addPerson(test, owner.teamId, "viewer"),
      {
        kind: "api-key",
        keyId: "key_x",
        teamId: owner.teamId,
        scopes: ["bots:write"],
        botIds: null,
        requestsPerMinute: null,
      },
    ];
    for (const actor of actors) {
      await expect(createApiKey(test.as(actor), wish())).rejects.toMatchObject({ code: "forbidden" });
      await expect(listApiKeys(test.as(actor), { limit: 1 })).rejects.toMatchObject({ code: "forbidden" });
    }
  });
});

describe("the first admin", () => {
  it("is made once, owns the first team, and signs in with the password", async () => {
    const fresh = await createTestContext();
    const ctx = fresh.as({ kind: "anonymous" });
    const person = setupSchema.parse({ code: "code", name: "Ada", email: "ADA@example.org", password: PASSWORD });
    expect(await isSetUp(ctx)).toBe(false);
    await expect(completeSetup(ctx, person, null)).rejects.toMatchObject({ code: "forbidden" });
    await expect(completeSetup(ctx, person, "other")).rejects.toMatchObject({ code: "forbidden" });
    const made = await completeSetup(ctx, person, "code");
    await expect(completeSetup(ctx, person, "code")).rejects.toMatchObject({ code: "already-set-up" });
    const signedIn = await signIn(ctx, { email: "ada@example.org", password: PASSWORD, tokenName: "laptop" });
    expect(signedIn).toMatchObject({ userId: made.userId, role: "owner" });
    await fresh.dispose();
  });
});

describe("a personal access token", () => {
  const signedIn = async () => {
    const fresh = await createTestContext();
    const ctx = fresh.as({ kind: "anonymous" });
    const person = setupSchema.parse({ code: "code", name: "Ada", email: "ada@example.org", password: PASSWORD });
    const { token, userId } = await completeSetup(ctx, person, "code");
    return { fresh, ctx, token, userId };
  };

  it("acts with the role its person has now, and not at all once they left the team", async () => {
    const { fresh, ctx, token, userId } = await signedIn();
    const isTheirs = eq(teamMembers.userId, userId);
    await fresh.db.write(async (tx) => {
      await tx.update(teamMembers).set({ role: "viewer" }).where(isTheirs);
    });
    const actor = await authenticateCredential(ctx, token);
    expect(actor).toMatchObject({ kind: "personal-access-token", role: "viewer" });
    expect((await getMe(fresh.as(actor))).scopes).not.toContain("bots:write");
    await fresh.db.write(async (tx) => {
      await tx.delete(teamMembers).where(isTheirs);
    });
    await expect(authenticateCredential(ctx, token)).rejects.toMatchObject({ code: "unauthenticated" });
    await fresh.dispose();
  });

  it("ends when it is signed out, and after ninety days", async () => {
    const { fresh, ctx, token } = await signedIn();
    const actor = await authenticateCredential(ctx, token);
    const second = await signIn(ctx, { email: "ada@example.org", password: PASSWORD, tokenName: "laptop" });
    await signOut(fresh.as(actor));
    await expect(authenticateCredential(ctx, token)).rejects.toMatchObject({ code: "unauthenticated" });
    fresh.clock.advanceMs(90 * DAY_MS);
    await expect(authenticateCredential(ctx, second.token)).rejects.toMatchObject({ code: "unauthenticated" });
    const rows = await fresh.db.reader.select().from(personalTokens);
    expect(JSON.stringify(rows)).not.toContain(token.slice(20));
    await fresh.dispose();
  });

  it("is given for no wrong password, however the address is written, and successes do not use up the tries", async () => {
    const { fresh, ctx } = await signedIn();
    for (let count = 0; count < 20; count++)
      await signIn(ctx, { email: "ada@example.org", password: PASSWORD, tokenName: "t" });
    for (let count = 0; count < 10; count++) {
      const guess = signIn(ctx, { email: "ada@example.org", password: `guess ${count}`, tokenName: "t" });
      await expect(guess).rejects.toMatchObject({ code: "unauthenticated" });
    }
    const right = signIn(ctx, { email: "ada@example.org", password: PASSWORD, tokenName: "t" });
    await expect(right).rejects.toMatchObject({ code: "rate-limited" });
    await fresh.dispose();
  });
});
