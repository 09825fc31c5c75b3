import { apiKeys, type BotId, type TeamId } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Actor, ServiceContext } from "../../context.ts";
import { addBot, addTeam } from "../../testing/factories.ts";
import { linkBot } from "../../testing/linked-bot.ts";
import { namedTeamId } from "../../testing/named-ids.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { createApiKey } from "../identity/api-keys/create-api-key.ts";
import { authenticateCredential } from "../identity/authenticate.ts";
import { issueToken } from "./issue-token.ts";
import { authenticateSessionToken, listTokens, revokeToken, verifyToken } from "./tokens.ts";

const INSIDE = { id: null, address: "203.0.113.9", userAgent: null };
const OUTSIDE = { ...INSIDE, address: "198.51.100.1" };

describe("how far a session token reaches", () => {
  let test: TestContext;
  let owner: Actor;
  let botId: BotId;
  let key: ServiceContext;

  beforeAll(async () => {
    test = await createTestContext();
  });
  afterAll(() => test.dispose());
  beforeEach(async () => {
    owner = await addTeam(test);
    botId = await addBot(test, owner);
    await linkBot(test, botId);
    const wish = { name: "k", scopes: ["session:read", "session:token"] as const, expiresInDays: 1 };
    const made = await createApiKey(test.as(owner), {
      ...wish,
      scopes: [...wish.scopes],
      botIds: [botId],
      cidrs: ["203.0.113.0/24"],
      requestsPerMinute: null,
    });
    const anyone = test.as({ kind: "anonymous" }, { request: INSIDE });
    key = test.as(await authenticateCredential(anyone, made.secret), { request: INSIDE });
  });

  const present = async (token: string, request = INSIDE) => {
    const result = await authenticateSessionToken(test.as({ kind: "anonymous" }, { request }), token);
    return result.ok ? result.actor : null;
  };

  it("ends at the address ranges of the key it was made with", async () => {
    const { token } = await issueToken(key, { botId });
    expect(await present(token)).toMatchObject({ kind: "session-token", botId });
    expect(await present(token, OUTSIDE)).toBeNull();
    await test.db.write((tx) =>
      tx
        .update(apiKeys)
        .set({ cidrs: null })
        .where(eq(apiKeys.teamId, teamOf(owner))),
    );
    expect(await present(token, OUTSIDE)).not.toBeNull();
  });

  it("ends with the token it was renewed from", async () => {
    const leaked = await issueToken(key, { botId });
    const actor = await present(leaked.token);
    if (!actor) throw new Error("the token is not good");
    test.clock.advanceMs(1_000);
    const child = await issueToken(test.as(actor, { request: INSIDE }), { botId });
    const { items } = await listTokens(key, { botId, limit: 50 });
    const [parent] = items.filter((item) => item.renewedFrom === null);
    await revokeToken(key, { botId, tokenId: parent?.id ?? "" });
    expect(await present(leaked.token)).toBeNull();
    expect(await present(child.token)).toBeNull();
  });

  it("is not told to a key of another bot, nor to a session token", async () => {
    const { token } = await issueToken(key, { botId });
    const other = test.as({ ...key.actor, botIds: [await addBot(test, owner)] } as Actor, { request: INSIDE });
    expect(await verifyToken(other, { token })).toEqual({ active: false, reason: "invalid" });
    expect(await verifyToken(key, { token })).toMatchObject({ active: true, botId });
    const actor = await present(token);
    if (!actor) throw new Error("the token is not good");
    const refused = verifyToken(test.as(actor, { request: INSIDE }), { token });
    await expect(refused).rejects.toMatchObject({ code: "unauthenticated" });
  });
});

const teamOf = (actor: Actor): TeamId => ("teamId" in actor ? actor.teamId : namedTeamId(""));
