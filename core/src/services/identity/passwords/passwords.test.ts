import { oneTimeCodes, personalTokens, userSessions } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Actor, ServiceContext } from "../../../context.ts";
import { addBrowserSignIn, addPerson, addTeam, apiKeyActor, givePassword } from "../../../testing/factories.ts";
import { auditOf } from "../../../testing/records.ts";
import { createTestContext, type TestContext } from "../../../testing/test-context.ts";
import { createApiKey } from "../api-keys/create-api-key.ts";
import { createApiKeySchema } from "../api-keys/schemas.ts";
import { authenticateCredential } from "../authenticate.ts";
import { authenticateUser } from "../authenticate-user.ts";
import { requestPasswordReset } from "../password-resets/request-password-reset.ts";
import { signIn } from "../sign-in.ts";
import { changePassword } from "./change-password.ts";
import { confirmPassword } from "./confirm-password.ts";
import { changePasswordSchema } from "./schemas.ts";

const MINUTE_MS = 60_000;
const PASSWORD = "nine lanterns over the old harbour";
const NEW_PASSWORD = "a heron waits beside wet stones";

type User = Extract<Actor, { kind: "user" }>;

let test: TestContext;
let owner: User;
let email: string;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());
beforeEach(async () => {
  owner = await addTeam(test);
  email = await givePassword(test, owner, PASSWORD);
});

const nobody = (address: string | null = null) =>
  test.as({ kind: "anonymous" }, { request: { id: null, address, userAgent: null } });
const signedIn = async (password = PASSWORD) =>
  (await signIn(nobody(), { email, password, tokenName: "laptop" })).token;
const bearing = async (token: string) => test.as(await authenticateCredential(nobody(), token));
/** The context of whoever brings the cookie of this sign-in. */
async function browsing({ userId, signInId }: { userId: string; signInId: string }): Promise<ServiceContext> {
  const actor = await authenticateUser(nobody(), { userId, signInId });
  if (!actor) throw new Error("this sign-in has ended");
  return test.as(actor);
}
const makeKey = (ctx: ServiceContext) =>
  createApiKey(ctx, createApiKeySchema.parse({ name: "key", scopes: ["bots:read"] }));
const change = (ctx: ServiceContext, changes: object = {}) =>
  changePassword(ctx, changePasswordSchema.parse({ currentPassword: PASSWORD, newPassword: NEW_PASSWORD, ...changes }));
const ownAudit = async () => (await auditOf(test, owner.userId)).map(({ action, outcome }) => [action, outcome]);

describe("a password that is confirmed", () => {
  it("lets the token that asked make sensitive changes for a quarter of an hour more, and no other", async () => {
    const [token, other] = [await signedIn(), await signedIn()];
    test.clock.advanceMs(15 * MINUTE_MS);
    await expect(makeKey(await bearing(token))).rejects.toMatchObject({ code: "confirmation-required" });
    const confirmed = await confirmPassword(await bearing(token), { password: PASSWORD });
    expect(confirmed).toEqual({ confirmedUntil: new Date(test.clock.nowMs() + 15 * MINUTE_MS).toISOString() });
    await makeKey(await bearing(token));
    await expect(makeKey(await bearing(other))).rejects.toMatchObject({ code: "confirmation-required" });
    test.clock.advanceMs(15 * MINUTE_MS - 1);
    await makeKey(await bearing(token));
    test.clock.advanceMs(1);
    await expect(makeKey(await bearing(token))).rejects.toMatchObject({ code: "confirmation-required" });
  });

  it("does the same for the browser sign-in that asked", async () => {
    const [browser, other] = [await addBrowserSignIn(test, owner), await addBrowserSignIn(test, owner)];
    test.clock.advanceMs(15 * MINUTE_MS);
    await expect(makeKey(await browsing(browser))).rejects.toMatchObject({ code: "confirmation-required" });
    await confirmPassword(await browsing(browser), { password: PASSWORD });
    await makeKey(await browsing(browser));
    await expect(makeKey(await browsing(other))).rejects.toMatchObject({ code: "confirmation-required" });
  });

  it("is noted in the audit, right or wrong, without the password", async () => {
    const ctx = await bearing(await signedIn());
    await confirmPassword(ctx, { password: PASSWORD });
    await expect(confirmPassword(ctx, { password: "CANARY wrong" })).rejects.toMatchObject({
      code: "validation-failed",
      details: { errors: [{ path: "password" }] },
    });
    expect((await ownAudit()).slice(1)).toEqual([
      ["user.confirm-password", "success"],
      ["user.confirm-password", "denied"],
    ]);
    expect(JSON.stringify(await auditOf(test, owner.userId))).not.toMatch(/CANARY|lanterns/);
  });

  it("is not guessed with a stolen token: wrong ones change nothing, and count for the person", async () => {
    const token = await signedIn();
    test.clock.advanceMs(20 * MINUTE_MS);
    const thief = await bearing(token);
    const other = await bearing(await signedIn());
    for (let count = 0; count < 5; count++) {
      for (const ctx of [thief, other]) {
        const guess = confirmPassword(ctx, { password: `guess ${count}` });
        await expect(guess).rejects.toMatchObject({ code: "validation-failed" });
      }
    }
    const right = { password: PASSWORD };
    await expect(confirmPassword(thief, right)).rejects.toMatchObject({ code: "rate-limited" });
    await expect(change(thief)).rejects.toMatchObject({ code: "rate-limited" });
    await expect(makeKey(await bearing(token))).rejects.toMatchObject({ code: "confirmation-required" });
    test.clock.advanceMs(15 * MINUTE_MS);
    await confirmPassword(thief, right);
  });

  it("does not use up the tries when it is right", async () => {
    const ctx = await bearing(await signedIn());
    for (let count = 0; count < 12; count++) await confirmPassword(ctx, { password: PASSWORD });
  });

  it("is asked of people only, and of nobody whose credential ended meanwhile", async () => {
    const key = apiKeyActor(owner.teamId, ["bots:read"]);
    await expect(confirmPassword(test.as(key), { password: PASSWORD })).rejects.toMatchObject({ code: "forbidden" });
    await expect(change(test.as(key))).rejects.toMatchObject({ code: "forbidden" });
    const ctx = await bearing(await signedIn());
    await test.db.write(async (tx) => {
      await tx.update(personalTokens).set({ revokedAtMs: 1 }).where(eq(personalTokens.userId, owner.userId));
    });
    await expect(confirmPassword(ctx, { password: PASSWORD })).rejects.toMatchObject({ code: "unauthenticated" });
    await expect(change(ctx)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await signedIn()).toBeTruthy();
  });

  it("is wrong for who has none", async () => {
    const viewer = await addPerson(test, owner.teamId, "viewer");
    const browser = await addBrowserSignIn(test, viewer);
    const confirmed = confirmPassword(await browsing(browser), { password: "plain:null" });
    await expect(confirmed).rejects.toMatchObject({ code: "validation-failed" });
  });
});

describe("a change of password", () => {
  it("lets in who has the new one, and nobody with the old one", async () => {
    await change(await bearing(await signedIn()));
    await expect(signedIn()).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await signedIn(NEW_PASSWORD)).toMatch(/^sb_pat_/);
  });

  it("ends every other browser sign-in, and no personal access token unless asked", async () => {
    const [browser, other] = [await addBrowserSignIn(test, owner), await addBrowserSignIn(test, owner)];
    const stranger = await addBrowserSignIn(test, await addTeam(test));
    const token = await signedIn();
    expect(await change(await browsing(browser))).toEqual({ signIns: 1, tokens: 0, sessionTokens: 0 });
    await browsing(browser);
    await browsing(stranger);
    await expect(browsing(other)).rejects.toThrow("ended");
    await bearing(token);
    const back = { currentPassword: NEW_PASSWORD, newPassword: PASSWORD, endTokens: true };
    const second = await signedIn(NEW_PASSWORD);
    expect(await change(await bearing(token), back)).toEqual({ signIns: 1, tokens: 1, sessionTokens: 0 });
    await bearing(token);
    for (const ended of [browsing(browser), bearing(second)]) await expect(ended).rejects.toThrow();
  });

  it("counts as giving it", async () => {
    const token = await signedIn();
    test.clock.advanceMs(15 * MINUTE_MS);
    await change(await bearing(token));
    await makeKey(await bearing(token));
  });

  it("ends open resets of the person", async () => {
    const admin = await addPerson(test, owner.teamId, "owner");
    await requestPasswordReset(test.as({ ...admin, confirmedAtMs: test.clock.nowMs() }), { userId: owner.userId });
    await change(await bearing(await signedIn()));
    const rows = await test.db.reader.select().from(oneTimeCodes).where(eq(oneTimeCodes.userId, owner.userId));
    expect(rows).toMatchObject([{ revokedAtMs: test.clock.nowMs() }]);
  });

  it.each([
    ["a wrong present one", { currentPassword: "wrong" }, "currentPassword"],
    ["the same one again", { newPassword: PASSWORD }, "newPassword"],
  ])("is refused for %s, and ends nothing", async (_name, changes, path) => {
    const browser = await addBrowserSignIn(test, owner);
    const token = await signedIn();
    await expect(change(await bearing(token), { ...changes, endTokens: true })).rejects.toMatchObject({
      code: "validation-failed",
      details: { errors: [{ path }] },
    });
    await browsing(browser);
    expect(await signedIn()).toBeTruthy();
  });

  it("is refused for a new one that the rules call weak", async () => {
    const ctx = await bearing(await signedIn());
    const strict = { ...ctx, passwords: { ...ctx.passwords, weaknessOf: async () => "Too easy." } };
    await expect(change(strict)).rejects.toMatchObject({
      code: "validation-failed",
      details: { errors: [{ path: "newPassword", message: "Too easy." }] },
    });
    expect(changePasswordSchema.safeParse({ currentPassword: "x", newPassword: "short" }).success).toBe(false);
  });

  it("is done by one of two at a time", async () => {
    const ctx = await bearing(await signedIn());
    const wishes = ["paper boats cross the quiet market", "copper kettles sing at the station"];
    const results = await Promise.allSettled(wishes.map((newPassword) => change(ctx, { newPassword })));
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const [lost] = results.flatMap((result) => (result.status === "rejected" ? [result.reason.code] : []));
    expect(["conflict", "validation-failed"]).toContain(lost);
  });

  it("is in the audit with what it ended, without either password", async () => {
    await addBrowserSignIn(test, owner);
    await change(await bearing(await signedIn()), { endTokens: true });
    const rows = await auditOf(test, owner.userId);
    expect(rows.at(-1)).toMatchObject({
      action: "user.change-password",
      detail: { signIns: 1, tokens: 0, sessionTokens: 0 },
    });
    expect(JSON.stringify(rows)).not.toMatch(/lanterns|heron/);
    expect(await test.db.reader.select().from(userSessions).where(eq(userSessions.userId, owner.userId))).toEqual([]);
  });
});
