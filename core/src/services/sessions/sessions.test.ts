import { apiKeys, type BotId, events, sessionTokens, teamMembers } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Actor, ServiceContext } from "../../context.ts";
import type { Scope } from "../../domain/vocabulary.ts";
import { addBot, addTeam, holdBot } from "../../testing/factories.ts";
import { linkBot, SESSION_CANARY } from "../../testing/linked-bot.ts";
import { namedBotId } from "../../testing/named-ids.ts";
import { auditOf } from "../../testing/records.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { createApiKey } from "../identity/api-keys/create-api-key.ts";
import { createApiKeySchema } from "../identity/api-keys/schemas.ts";
import { getSession } from "./get-session.ts";
import { checkToken, credentialsOf } from "./internal.ts";
import { issueToken } from "./issue-token.ts";
import { authenticateSessionToken, revokeToken, verifyToken } from "./tokens.ts";

const DAY_SECONDS = 86_400;

let test: TestContext;
let owner: Extract<Actor, { kind: "user" }>;
let botId: BotId;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());
beforeEach(async () => {
  owner = await addTeam(test);
  botId = await addBot(test, owner);
  await linkBot(test, botId);
});

/** A key with a row behind it: tokens are checked against it. */
async function addKey(scopes: readonly Scope[]): Promise<Extract<Actor, { kind: "api-key" }>> {
  const wish = createApiKeySchema.parse({ name: "key", scopes, expiresInDays: 365 });
  const { id: keyId } = await createApiKey(test.as(owner), wish);
  return { kind: "api-key", keyId, teamId: owner.teamId, scopes, botIds: null, requestsPerMinute: null };
}

/** The context of whoever presents the token. */
async function bearing(token: string): Promise<ServiceContext> {
  const result = await authenticateSessionToken(test.as({ kind: "anonymous" }), token);
  if (!result.ok) throw new Error(result.reason);
  return test.as(result.actor);
}

const tokenId = (token: string) => decodeJwt(token).jti ?? "";
const advance = (seconds: number) => test.clock.advanceMs(seconds * 1_000);

describe("a disclosure", () => {
  it("is in audit and stream, one of each, without a byte of the session", async () => {
    await getSession(test.as(owner), { botId });
    const disclosed = (await auditOf(test, botId)).filter((row) => row.action === "session.disclose");
    expect(disclosed).toMatchObject([{ actorId: owner.userId, detail: { form: "plain", revision: 1 } }]);
    const rows = await test.db.reader.select().from(events).where(eq(events.teamId, owner.teamId));
    expect(rows.filter((row) => row.type === "session.disclosed")).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(SESSION_CANARY);
  });

  it("leaves no trace of a token where it is refused", async () => {
    const key = await addKey(["session:read"]);
    await expect(getSession(test.as(key), { botId })).rejects.toMatchObject({ code: "recipient-key-required" });
    expect(await test.db.reader.select().from(sessionTokens).where(eq(sessionTokens.botId, botId))).toEqual([]);
  });

  it("is refused where a stored record was altered", async () => {
    await test.db.write(async (tx) => {
      await tx.run(`update auth_records set version = version + 1 where bot_id = '${botId}'`);
    });
    await expect(getSession(test.as(owner), { botId })).rejects.toThrow();
  });
});

describe("a token", () => {
  it("carries the credentials for this service alone, without keys and history", async () => {
    const { token } = await issueToken(test.as(owner), { botId });
    expect(JSON.stringify(decodeJwt(token))).not.toContain(SESSION_CANARY);
    const checked = await checkToken(test.as(owner), token);
    if (!checked.ok) throw new Error(checked.reason);
    const credentials = await credentialsOf(test.as(owner), checked.token);
    expect(credentials).toContain(SESSION_CANARY);
    expect(credentials).not.toMatch(/processedHistoryMessages|pre-key/);
  });

  it("does not outlive, by a fetch, the token that fetched", async () => {
    const { token } = await issueToken(test.as(owner), { botId, expiresIn: 600 });
    advance(300);
    const fetched = await getSession(await bearing(token), { botId });
    expect(await verifyToken(test.as(owner), { token: fetched.token })).toMatchObject({ remainingSeconds: 300 });
  });

  it("renews itself for thirty days from the first of its chain, and then no more", async () => {
    let { token } = await issueToken(test.as(owner), { botId, expiresIn: 7 * DAY_SECONDS });
    for (let week = 0; week < 4; week++) {
      advance(7 * DAY_SECONDS - 1);
      token = (await issueToken(await bearing(token), { botId, expiresIn: 7 * DAY_SECONDS })).token;
    }
    const { remainingSeconds } = await verifyToken(test.as(owner), { token });
    expect(remainingSeconds).toBe(2 * DAY_SECONDS + 4);
    advance(2 * DAY_SECONDS - 50);
    const last = issueToken(await bearing(token), { botId });
    await expect(last).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("made with a key ends with it: revoked, disabled, expired or taken off the bot", async () => {
    const changes = [
      { revokedAtMs: 1 },
      { disabledAtMs: 1 },
      { expiresAtMs: test.clock.nowMs() },
      { botIds: [namedBotId("bot_other")] },
    ];
    for (const change of changes) {
      const key = await addKey(["session:token"]);
      const { token } = await issueToken(test.as(key), { botId });
      expect(await verifyToken(test.as(owner), { token })).toMatchObject({ active: true });
      await test.db.write(async (tx) => {
        await tx.update(apiKeys).set(change).where(eq(apiKeys.id, key.keyId));
      });
      expect(await verifyToken(test.as(owner), { token })).toEqual({ active: false, reason: "revoked" });
    }
  });

  it("of a person who may no longer read sessions fetches and renews nothing", async () => {
    const { token } = await issueToken(test.as(owner), { botId });
    await test.db.write(async (tx) => {
      await tx.update(teamMembers).set({ role: "viewer" }).where(eq(teamMembers.userId, owner.userId));
    });
    const ctx = await bearing(token);
    await expect(getSession(ctx, { botId })).rejects.toMatchObject({ code: "not-found" });
    await expect(issueToken(ctx, { botId })).rejects.toMatchObject({ code: "not-found" });
  });

  it("whose row says another bot or subject is invalid, and so is one without a row", async () => {
    const { token } = await issueToken(test.as(owner), { botId });
    await test.db.write(async (tx) => {
      await tx
        .update(sessionTokens)
        .set({ subjectId: "usr_other" })
        .where(eq(sessionTokens.id, tokenId(token)));
    });
    expect(await verifyToken(test.as(owner), { token })).toEqual({ active: false, reason: "invalid" });
    await test.db.write(async (tx) => {
      await tx.delete(sessionTokens).where(eq(sessionTokens.id, tokenId(token)));
    });
    expect(await verifyToken(test.as(owner), { token })).toEqual({ active: false, reason: "invalid" });
  });

  it("of another installation is invalid", async () => {
    const other = await createTestContext();
    const { token } = await issueToken(test.as(owner), { botId });
    expect(await verifyToken(other.as(owner), { token })).toEqual({ active: false, reason: "invalid" });
    await other.dispose();
  });

  it("is revoked once, however often that is asked, and only for its own bot", async () => {
    const { token } = await issueToken(test.as(owner), { botId });
    const input = { botId, tokenId: tokenId(token) };
    const elsewhere = revokeToken(test.as(owner), { ...input, botId: await addBot(test, owner) });
    await expect(elsewhere).rejects.toMatchObject({ code: "not-found" });
    await revokeToken(test.as(owner), input);
    await revokeToken(test.as(owner), input);
    const revocations = (await auditOf(test, input.tokenId)).filter((row) => row.action === "session-token.revoke");
    expect(revocations).toHaveLength(1);
  });

  it("is made while somebody else holds the bot: reading needs no lease", async () => {
    await holdBot(test, botId, "wrk_other");
    expect((await getSession(test.as(owner), { botId })).lease).toBe("none");
  });
});
