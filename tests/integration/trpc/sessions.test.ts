import { verifyToken } from "@switchboard/core/services/sessions/tokens";
import { addBot } from "@switchboard/core/testing/factories";
import { linkBot } from "@switchboard/core/testing/linked-bot";
import type { BotId } from "@switchboard/db/schema";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTrpcTest, refusalOf, type SignedIn, type TrpcTest } from "./support.ts";

let api: TrpcTest;
let owner: SignedIn;
let botId: BotId;

beforeAll(async () => {
  api = await createTrpcTest();
  owner = await api.addTeam();
  botId = await addBot(api.test, owner.person);
  await linkBot(api.test, botId);
});
afterAll(() => api.dispose());

it("issues a token that is good until it is revoked", async () => {
  const { tokens } = owner.client.sessions;
  const issued = await tokens.issue.mutate({ botId, expiresIn: "15m" });
  const check = () => verifyToken(api.test.as(owner.person), { token: issued.token });
  expect(await check()).toMatchObject({ active: true, botId, remainingSeconds: 900 });
  const [token] = (await tokens.list.query({ botId, limit: 1 })).items;
  expect(token).toMatchObject({ botId, subject: owner.person.userId, status: "active", expiresAt: issued.expiresAt });
  await tokens.revoke.mutate({ botId, tokenId: token?.id ?? "" });
  expect(await check()).toEqual({ active: false, reason: "revoked" });
});

it("issues none for a bot that was never linked, and none of an impossible length", async () => {
  const unlinked = await addBot(api.test, owner.person);
  const { issue } = owner.client.sessions.tokens;
  expect(await refusalOf(issue.mutate({ botId: unlinked }))).toBe("not-paired");
  expect(await refusalOf(issue.mutate({ botId, expiresIn: "8d" }))).toBe("validation-failed");
});

it("is not for operators", async () => {
  const operator = await api.addPerson(owner.person.teamId, "operator");
  expect(await refusalOf(operator.client.sessions.tokens.issue.mutate({ botId }))).toBe("scope-missing");
});
