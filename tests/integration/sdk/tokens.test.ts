import { addBot } from "@switchboard/core/testing/factories";
import { linkBot } from "@switchboard/core/testing/linked-bot";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { ApiError, renewInTime, timeLeft, verifySessionToken } from "../../../sdk/session/src/index.ts";
import { addKey, addOwner } from "../api/support/credentials.ts";
import { createSbTest, type SbTest } from "../sb/support.ts";

const answerSchema = z.record(z.string(), z.unknown());

describe("session tokens in a program", () => {
  let sb: SbTest;
  let botId: string;
  let apiKey: string;
  beforeAll(async () => {
    sb = await createSbTest();
    sb.test.clock.setMs(Date.now());
    const owner = await addOwner(sb.test);
    const id = await addBot(sb.test, owner.user);
    await linkBot(sb.test, id);
    botId = id;
    apiKey = (await addKey(sb.test, owner, ["session:read", "session:plain", "session:token"])).secret;
  });
  beforeEach(() => sb.test.clock.setMs(Date.now()));
  afterAll(() => sb.dispose());

  const ask = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
    const headers = { "x-api-key": apiKey, "content-type": "application/json" };
    const answer = await fetch(sb.url + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.status === 204 ? {} : answerSchema.parse(await answer.json());
  };
  const issue = async (expiresIn: number): Promise<string> =>
    String((await ask("POST", `/api/bots/${botId}/session`, { expiresIn })).token);

  it("are good when the service signed them, for the bot and the time they name", async () => {
    const token = await issue(3_600);
    const checked = await verifySessionToken(token, { url: sb.url });
    expect(checked).toMatchObject({ active: true, botId, tokenId: expect.stringMatching(/^tok_/) });
    expect(timeLeft(token)).toBeGreaterThan(3_590);
    expect(timeLeft(token, Date.now() + 3_700_000)).toBe(0);
  });

  it("are told from altered and ended ones without an error", async () => {
    const token = await issue(3_600);
    const altered = token.replace(
      /\.[^.]+\./,
      `.${Buffer.from('{"bot":"bot_other","iss":"x"}').toString("base64url")}.`,
    );
    expect(await verifySessionToken(altered, { url: sb.url })).toEqual({ active: false, reason: "invalid" });
    expect(await verifySessionToken("no token", { url: sb.url })).toEqual({ active: false, reason: "invalid" });
    sb.test.clock.setMs(Date.now() - 3_600_000);
    const ended = await issue(60);
    expect(await verifySessionToken(ended, { url: sb.url })).toEqual({ active: false, reason: "expired" });
  });

  it("are known to be revoked by who asks the service with an API key", async () => {
    const token = await issue(3_600);
    const checked = await verifySessionToken(token, { url: sb.url, apiKey });
    if (!checked.active) throw new Error(checked.reason);
    await ask("DELETE", `/api/bots/${botId}/session/tokens/${checked.tokenId}`);
    expect(await verifySessionToken(token, { url: sb.url, apiKey })).toEqual({ active: false, reason: "revoked" });
    expect(await verifySessionToken(token, { url: sb.url })).toMatchObject({ active: true });
  });

  /** A token to which only a moment is left by the clock of this machine, so that it is renewed soon. */
  const issueForAMoment = () => {
    sb.test.clock.setMs(Date.now() - 52_000);
    return issue(60);
  };

  it("are renewed with themselves before they end", async () => {
    const token = await issueForAMoment();
    const isRenewed = Promise.withResolvers<string>();
    const options = { url: sb.url, botId, token, expiresIn: 3_600 };
    using renewing = renewInTime({ ...options, onRenewed: isRenewed.resolve, onEnded: isRenewed.reject });
    expect(renewing.token).toBe(token);
    const next = await isRenewed.promise;
    expect(renewing.token).toBe(next);
    expect(await verifySessionToken(next, { url: sb.url, apiKey })).toMatchObject({ active: true, botId });
    expect(timeLeft(next)).toBeGreaterThan(timeLeft(token));
  });

  it("are no longer renewed once the service refuses, and that is told", async () => {
    const token = await issueForAMoment();
    const [, claims = ""] = token.split(".");
    const { jti } = answerSchema.parse(JSON.parse(Buffer.from(claims, "base64url").toString()));
    await ask("DELETE", `/api/bots/${botId}/session/tokens/${String(jti)}`);
    const ended = Promise.withResolvers<Error>();
    using renewing = renewInTime({ url: sb.url, botId, token, onEnded: ended.resolve });
    expect(await ended.promise).toMatchObject({ name: ApiError.name, status: 401 });
    expect(renewing.token).toBe(token);
  });
});
