import type { BotId } from "@switchboard/db/schema";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Actor } from "../../context.ts";
import { addBot, addTeam, givePassword } from "../../testing/factories.ts";
import { linkBot } from "../../testing/linked-bot.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { createApiKey } from "../identity/api-keys/create-api-key.ts";
import { createApiKeySchema } from "../identity/api-keys/schemas.ts";
import { authenticateCredential } from "../identity/authenticate.ts";
import { changePassword } from "../identity/passwords/change-password.ts";
import { createPersonalToken } from "../identity/personal-tokens/create-token.ts";
import { revokePersonalToken } from "../identity/personal-tokens/revoke-token.ts";
import { signOutEverywhere } from "../identity/sign-ins/sign-out-everywhere.ts";
import { signOut } from "../identity/sign-out.ts";
import { getSession } from "./get-session.ts";
import { issueToken } from "./issue-token.ts";
import { authenticateSessionToken, verifyToken } from "./tokens.ts";

const DAY_SECONDS = 86_400;
const PASSWORD = "nine lanterns over the old harbour";
const NEW_PASSWORD = "a heron waits beside wet stones";

let test: TestContext;
let owner: Extract<Actor, { kind: "user" }>;
let botId: BotId;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());
beforeEach(async () => {
  owner = await addTeam(test);
  await givePassword(test, owner, PASSWORD);
  botId = await addBot(test, owner);
  await linkBot(test, botId);
});

/** The context of whoever holds a new personal access token of the owner, and its id. */
async function newHolder(expiresInDays = 90) {
  const { id, token } = await createPersonalToken(test.as(owner), { name: "laptop", expiresInDays });
  const actor = await authenticateCredential(test.as({ kind: "anonymous" }), token);
  return { id, ctx: test.as(actor) };
}

async function renew(token: string): Promise<string> {
  const result = await authenticateSessionToken(test.as({ kind: "anonymous" }), token);
  if (!result.ok) throw new Error(result.reason);
  return (await issueToken(test.as(result.actor), { botId })).token;
}

const REVOKED = { active: false, reason: "revoked" };
const verify = (token: string) => verifyToken(test.as(owner), { token });

describe("a session token that a personal access token asked for", () => {
  it("ends with the revocation of that token, and so does what was made from it", async () => {
    const [stolen, other] = [await newHolder(), await newHolder()];
    const fetched = (await getSession(stolen.ctx, { botId })).token;
    const issued = (await issueToken(stolen.ctx, { botId, expiresIn: DAY_SECONDS })).token;
    const renewed = await renew(issued);
    const kept = [await issueToken(other.ctx, { botId }), await issueToken(test.as(owner), { botId })];
    await revokePersonalToken(test.as(owner), { tokenId: stolen.id });
    for (const token of [fetched, issued, renewed]) expect(await verify(token)).toEqual(REVOKED);
    await expect(renew(renewed)).rejects.toThrow("revoked");
    for (const { token } of kept) expect(await verify(token)).toMatchObject({ active: true });
  });

  it("ends when that token is signed out", async () => {
    const { ctx } = await newHolder();
    const { token } = await issueToken(ctx, { botId });
    await signOut(ctx);
    expect(await verify(token)).toEqual(REVOKED);
  });

  it("goes on when that token only came to its end", async () => {
    const { ctx } = await newHolder(1);
    const { token } = await issueToken(ctx, { botId, expiresIn: 7 * DAY_SECONDS });
    test.clock.advanceMs(2 * DAY_SECONDS * 1000);
    expect(await verify(token)).toMatchObject({ active: true });
  });
});

describe("a person who asks for a session", () => {
  it("must have given their password lately; keys and session tokens have none to give", async () => {
    const { ctx } = await newHolder();
    const wish = createApiKeySchema.parse({ name: "key", scopes: ["session:read", "session:plain", "session:token"] });
    const { secret } = await createApiKey(test.as(owner), wish);
    const { token } = await issueToken(ctx, { botId });
    test.clock.advanceMs(15 * 60_000);
    for (const late of [test.as(owner), ctx]) {
      await expect(getSession(late, { botId })).rejects.toMatchObject({ code: "confirmation-required" });
      await expect(issueToken(late, { botId })).rejects.toMatchObject({ code: "confirmation-required" });
    }
    const key = test.as(await authenticateCredential(test.as({ kind: "anonymous" }), secret));
    await getSession(key, { botId });
    await issueToken(key, { botId });
    await renew(token);
  });
});

describe("every session token of a person", () => {
  it("ends with a sign-out everywhere, also those of the token that is kept", async () => {
    const { ctx } = await newHolder();
    const tokens = [await issueToken(ctx, { botId }), await issueToken(test.as(owner), { botId })];
    expect(await signOutEverywhere(ctx, { keepThis: true })).toMatchObject({ sessionTokens: 2 });
    for (const { token } of tokens) expect(await verify(token)).toEqual(REVOKED);
  });

  it("ends with a change of the password that ends tokens, and with no other", async () => {
    const { ctx } = await newHolder();
    const { token } = await issueToken(ctx, { botId });
    const there = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD, endTokens: false };
    expect(await changePassword(ctx, there)).toMatchObject({ sessionTokens: 0 });
    expect(await verify(token)).toMatchObject({ active: true });
    const back = { currentPassword: NEW_PASSWORD, newPassword: PASSWORD, endTokens: true };
    expect(await changePassword(ctx, back)).toMatchObject({ sessionTokens: 1 });
    expect(await verify(token)).toEqual(REVOKED);
  });
});
