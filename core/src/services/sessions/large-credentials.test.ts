import type { BotId } from "@switchboard/db/schema";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Actor } from "../../context.ts";
import { randomBytes, toBase64Url } from "../../crypto/bytes.ts";
import { openSessionClaim, SESSION_TOKEN_BYTES_MAX } from "../../crypto/session-tokens.ts";
import { addBot, addTeam, workerContext } from "../../testing/factories.ts";
import { linkBot } from "../../testing/linked-bot.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { openRecordStore } from "../auth-state/open-record-store.ts";
import { getSession } from "./get-session.ts";
import { issueToken } from "./issue-token.ts";

let test: TestContext;
let owner: Actor;
beforeAll(async () => {
  test = await createTestContext();
  owner = await addTeam(test);
});
afterAll(() => test.dispose());

/** A linked bot whose credentials hold this many keys of 32 random bytes in Baileys' form. */
async function addBotWith(keys: number): Promise<{ botId: BotId; credentials: string }> {
  const botId = await addBot(test, owner);
  const lease = await linkBot(test, botId);
  const key = () => ({ type: "Buffer", data: toBase64Url(randomBytes(32)) });
  const credentials = JSON.stringify({ keyPairs: Array.from({ length: keys }, key) });
  await openRecordStore(workerContext(test), lease, 1).commit({ creds: credentials, records: [] });
  return { botId, credentials };
}

it.each([1, 20, 40])("credentials of %i keys fit into a token of 6 KB and come out of it again", async (keys) => {
  const { botId, credentials } = await addBotWith(keys);
  const { token } = await issueToken(test.as(owner), { botId });
  expect(token.length).toBeLessThanOrEqual(SESSION_TOKEN_BYTES_MAX);
  const { keyring } = test.as(owner);
  expect(await openSessionClaim(keyring.claims, String(decodeJwt(token).ses))).toBe(credentials);
});

it("credentials that do not fit are refused in words, and nothing is disclosed", async () => {
  const { botId } = await addBotWith(150);
  for (const ask of [issueToken, getSession])
    await expect(ask(test.as(owner), { botId })).rejects.toMatchObject({ code: "conflict" });
});
