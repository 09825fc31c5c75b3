import { personalTokens, type TeamId, userSessions } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Actor } from "../../../context.ts";
import { addBrowserSignIn, addTeam, apiKeyActor, givePassword } from "../../../testing/factories.ts";
import { auditOf } from "../../../testing/records.ts";
import { createTestContext, type TestContext } from "../../../testing/test-context.ts";
import { authenticateCredential } from "../authenticate.ts";
import { authenticateUser } from "../authenticate-user.ts";
import { getMe } from "../get-me.ts";
import { addPersonalToken } from "../internal.ts";
import { addMember } from "../people/internal.ts";
import { signIn } from "../sign-in.ts";
import { endSignIn } from "./end-sign-in.ts";
import { listSignIns } from "./list-sign-ins.ts";
import { listSignInsSchema } from "./schemas.ts";
import { signOutEverywhere } from "./sign-out-everywhere.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const PASSWORD = "nine lanterns over the old harbour";

type User = Extract<Actor, { kind: "user" }>;

let test: TestContext;
let owner: User;
/** A second team of the owner. */
let otherTeam: TeamId;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());
beforeEach(async () => {
  owner = await addTeam(test);
  const other = await addTeam(test);
  otherTeam = other.teamId;
  test.clock.advanceMs(1);
  const { userId } = owner;
  await test.db.write((tx) => addMember(tx, test.as(other), { teamId: otherTeam, userId, role: "viewer" }));
});

const nobody = () => test.as({ kind: "anonymous" });
const tokenIn = async (teamId: TeamId) => {
  const made = await test.db.write((tx) => addPersonalToken(tx, test.as(owner), { ...owner, teamId }, "laptop"));
  return made.token;
};
const bearing = async (token: string) => test.as(await authenticateCredential(nobody(), token));
const opens = async (token: string) =>
  bearing(token).then(
    () => true,
    () => false,
  );
const isSignedIn = async (browser: { userId: string; signInId: string }) =>
  (await authenticateUser(nobody(), browser)) !== null;
const list = async (actor: Actor, page: object = {}) => listSignIns(test.as(actor), listSignInsSchema.parse(page));

describe("a sign-out everywhere", () => {
  it("ends every sign-in and token of the person in every team, this one too, and nobody else's", async () => {
    const browsers = [await addBrowserSignIn(test, owner), await addBrowserSignIn(test, owner)];
    const tokens = [await tokenIn(owner.teamId), await tokenIn(otherTeam)];
    const stranger = await addBrowserSignIn(test, await addTeam(test));
    const ended = await signOutEverywhere(await bearing(tokens[0] ?? ""), { keepThis: false });
    expect(ended).toEqual({ signIns: 2, tokens: 2, sessionTokens: 0 });
    for (const browser of browsers) expect(await isSignedIn(browser)).toBe(false);
    for (const token of tokens) expect(await opens(token)).toBe(false);
    expect(await isSignedIn(stranger)).toBe(true);
    const rows = (await auditOf(test, owner.userId)).filter((row) => row.action === "user.sign-out-everywhere");
    expect(rows).toMatchObject([{ detail: { signIns: 2, tokens: 2, sessionTokens: 0, keepThis: false } }]);
  });

  it("keeps what asks when told to: a token", async () => {
    const browser = await addBrowserSignIn(test, owner);
    const [kept, other] = [await tokenIn(owner.teamId), await tokenIn(owner.teamId)];
    expect(await signOutEverywhere(await bearing(kept), { keepThis: true })).toEqual({
      signIns: 1,
      tokens: 1,
      sessionTokens: 0,
    });
    expect([await opens(kept), await opens(other), await isSignedIn(browser)]).toEqual([true, false, false]);
  });

  it("keeps what asks when told to: a browser sign-in", async () => {
    const [kept, other] = [await addBrowserSignIn(test, owner), await addBrowserSignIn(test, owner)];
    const token = await tokenIn(owner.teamId);
    expect(await signOutEverywhere(test.as(kept), { keepThis: true })).toEqual({
      signIns: 1,
      tokens: 1,
      sessionTokens: 0,
    });
    expect([await isSignedIn(kept), await isSignedIn(other), await opens(token)]).toEqual([true, false, false]);
  });

  it("counts only what was good, asks for no recent password, and may be repeated", async () => {
    await addBrowserSignIn(test, owner);
    const [over, now] = [await tokenIn(owner.teamId), await tokenIn(owner.teamId)];
    const [overId] = (await test.db.reader.select().from(personalTokens)).filter((row) => over.includes(row.publicId));
    await test.db.write(async (tx) => {
      await tx
        .update(personalTokens)
        .set({ expiresAtMs: 1 })
        .where(eq(personalTokens.id, overId?.id ?? ""));
    });
    test.clock.advanceMs(HOUR_MS);
    const ctx = await bearing(now);
    expect(await signOutEverywhere(ctx, { keepThis: false })).toEqual({ signIns: 0, tokens: 1, sessionTokens: 0 });
    expect(await signOutEverywhere(ctx, { keepThis: false })).toEqual({ signIns: 0, tokens: 0, sessionTokens: 0 });
  });

  it("is for people", async () => {
    const key = test.as(apiKeyActor(owner.teamId, ["bots:read"]));
    await expect(signOutEverywhere(key, { keepThis: false })).rejects.toMatchObject({ code: "forbidden" });
    await expect(signOutEverywhere(nobody(), { keepThis: false })).rejects.toMatchObject({ code: "unauthenticated" });
  });
});

describe("the list of sign-ins", () => {
  it("shows one's own, newest first, page by page, and which one asks, without their secret", async () => {
    const made: Awaited<ReturnType<typeof addBrowserSignIn>>[] = [];
    for (let count = 0; count < 3; count++) {
      test.clock.advanceMs(1);
      made.unshift(await addBrowserSignIn(test, owner));
    }
    await addBrowserSignIn(test, await addTeam(test));
    const [first, second] = made;
    if (!first || !second) throw new Error("nobody signed in");
    const page = await list(second, { limit: 2 });
    expect(page.items.map(({ id, current }) => [id, current])).toEqual([
      [first.signInId, false],
      [second.signInId, true],
    ]);
    const rest = await list(second, { limit: 2, cursor: page.nextCursor });
    expect(rest.items.map(({ id }) => id)).toEqual([made[2]?.signInId]);
    const rows = await test.db.reader.select().from(userSessions);
    for (const { token } of rows) expect(JSON.stringify([page, rest])).not.toContain(token);
  });

  it.each([
    ["unused for half an hour", { updatedAt: 30 * MINUTE_MS, createdAt: 30 * MINUTE_MS }],
    ["made twelve hours ago", { updatedAt: 0, createdAt: 12 * HOUR_MS }],
  ])("leaves out one that is %s", async (_name, ages) => {
    const { signInId } = await addBrowserSignIn(test, owner);
    const beganAgo = (sinceMs: number) =>
      test.db.write(async (tx) => {
        const at = (ms: number) => new Date(test.clock.nowMs() - ms + sinceMs);
        const times = { updatedAt: at(ages.updatedAt), createdAt: at(ages.createdAt) };
        await tx.update(userSessions).set(times).where(eq(userSessions.id, signInId));
      });
    await beganAgo(1);
    expect((await list(owner)).items).toHaveLength(1);
    await beganAgo(0);
    expect((await list(owner)).items).toEqual([]);
  });

  it("ends one of them, and none of others", async () => {
    const [browser, other] = [await addBrowserSignIn(test, owner), await addBrowserSignIn(test, owner)];
    const stranger = await addBrowserSignIn(test, await addTeam(test));
    await endSignIn(test.as(browser), { signInId: other.signInId });
    expect([await isSignedIn(browser), await isSignedIn(other)]).toEqual([true, false]);
    for (const { signInId } of [other, stranger])
      await expect(endSignIn(test.as(browser), { signInId })).rejects.toMatchObject({ code: "not-found" });
    expect(await isSignedIn(stranger)).toBe(true);
    expect((await auditOf(test, other.signInId)).map((row) => row.action)).toEqual(["user.end-sign-in"]);
    const key = test.as(apiKeyActor(owner.teamId, ["bots:read"]));
    await expect(endSignIn(key, browser)).rejects.toMatchObject({ code: "forbidden" });
    await expect(listSignIns(key, { limit: 1 })).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("a person of several teams", () => {
  it("signs in for the one that is asked for, or else for the first", async () => {
    const email = await givePassword(test, owner, PASSWORD);
    const wish = { email, password: PASSWORD, tokenName: "laptop" };
    expect(await signIn(nobody(), wish)).toMatchObject({ teamId: owner.teamId, role: "owner" });
    const there = await signIn(nobody(), { ...wish, teamId: otherTeam });
    expect(there).toMatchObject({ teamId: otherTeam, role: "viewer" });
    expect((await bearing(there.token)).actor).toMatchObject({ teamId: otherTeam, role: "viewer" });
  });

  it("is told of a team that is not theirs only with the right password, and gets no token for it", async () => {
    const email = await givePassword(test, owner, PASSWORD);
    const { teamId } = await addTeam(test);
    const wish = { email, tokenName: "laptop", teamId };
    await expect(signIn(nobody(), { ...wish, password: "wrong" })).rejects.toMatchObject({ code: "unauthenticated" });
    await expect(signIn(nobody(), { ...wish, password: PASSWORD })).rejects.toMatchObject({
      code: "validation-failed",
      details: { errors: [{ path: "teamId" }] },
    });
    const rows = await test.db.reader.select().from(personalTokens).where(eq(personalTokens.userId, owner.userId));
    expect(rows).toEqual([]);
  });

  it("sees all of them, with the role in each", async () => {
    const { teams, teamId } = await getMe(await bearing(await tokenIn(otherTeam)));
    expect(teamId).toBe(otherTeam);
    expect(teams.map(({ id, role }) => [id, role])).toEqual([
      [owner.teamId, "owner"],
      [otherTeam, "viewer"],
    ]);
  });
});
