import { personalTokens, type TeamId, userSessions } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Actor, ServiceContext } from "../../context.ts";
import { addBrowserSignIn, addPerson, addTeam, givePassword } from "../../testing/factories.ts";
import { auditOf } from "../../testing/records.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { createApiKey } from "./api-keys/create-api-key.ts";
import { rotateApiKey } from "./api-keys/rotate-api-key.ts";
import { createApiKeySchema, rotateApiKeySchema } from "./api-keys/schemas.ts";
import { authenticateCredential } from "./authenticate.ts";
import { acceptInvitation } from "./invitations/accept-invitation.ts";
import { createInvitation } from "./invitations/create-invitation.ts";
import { requestPasswordResetOnServer } from "./password-resets/request-password-reset-on-server.ts";
import { resetPassword } from "./password-resets/reset-password.ts";
import { addMember } from "./people/internal.ts";
import { updateUser } from "./people/update-user.ts";
import { createPersonalToken } from "./personal-tokens/create-token.ts";
import { revokePersonalToken } from "./personal-tokens/revoke-token.ts";
import { signIn } from "./sign-in.ts";
import { beginBrowserSignIn, endBrowserSignIn } from "./sign-ins/browser-sign-in.ts";
import { signOutEverywhere } from "./sign-ins/sign-out-everywhere.ts";
import { createTeam } from "./teams/create-team.ts";

const OLD = "nine lanterns over the old harbour";
const NEW = "a heron waits beside wet stones";

let test: TestContext;
let owner: Extract<Actor, { kind: "user" }>;
let email: string;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());
beforeEach(async () => {
  owner = await addTeam(test);
  email = await givePassword(test, owner, OLD);
});

const nobody = () => test.as({ kind: "anonymous" });
const requestReset = async () =>
  (await requestPasswordResetOnServer(test.as({ kind: "system", name: "test" }), { email })).code;
const reset = async () => resetPassword(nobody(), { code: await requestReset(), newPassword: NEW });
const tokensOf = (userId: string) =>
  test.db.reader.select().from(personalTokens).where(eq(personalTokens.userId, userId));

/** Nobody in particular, for whom `meanwhile` is done after their password was found to be right. */
function heldWhileCompared(meanwhile: () => Promise<unknown>): ServiceContext {
  const ctx = nobody();
  const verify = async (password: string, hash: string) => {
    const isRight = await ctx.passwords.verify(password, hash);
    await meanwhile();
    return isRight;
  };
  return { ...ctx, passwords: { ...ctx.passwords, verify } };
}

/** The same context, whose write transactions begin after `meanwhile` was done. */
function heldBeforeWriting(ctx: ServiceContext, meanwhile: () => Promise<unknown>): ServiceContext {
  const write: typeof ctx.db.write = async (work) => {
    await meanwhile();
    return ctx.db.write(work);
  };
  return { ...ctx, db: { ...ctx.db, write } };
}

describe("an old password that was right a moment ago", () => {
  it("signs nobody in once it was reset", async () => {
    const input = { email, password: OLD, tokenName: "thief" };
    await expect(signIn(heldWhileCompared(reset), input)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await tokensOf(owner.userId)).toEqual([]);
    const signIns = (await auditOf(test, owner.userId)).filter(({ action }) => action === "user.sign-in");
    expect(signIns.map(({ outcome }) => outcome)).toEqual(["denied"]);
    expect(await signIn(nobody(), { ...input, password: NEW })).toMatchObject({ userId: owner.userId });
  });

  it("accepts no invitation once it was reset, and the invitation stays open", async () => {
    const host = await addTeam(test);
    const { code } = await createInvitation(test.as(host), { email, role: "viewer", expiresInHours: 1 });
    const accepting = acceptInvitation(heldWhileCompared(reset), { code, password: OLD });
    await expect(accepting).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await tokensOf(owner.userId)).toEqual([]);
    expect(await acceptInvitation(nobody(), { code, password: NEW })).toMatchObject({ teamId: host.teamId });
  });

  it("leaves no browser signed in once it was reset", async () => {
    const begun = await beginBrowserSignIn(nobody(), email);
    await reset();
    const { signInId } = await addBrowserSignIn(test, owner);
    const isThis = eq(userSessions.id, signInId);
    const [made] = await test.db.reader.select().from(userSessions).where(isThis);
    const ending = endBrowserSignIn(nobody(), begun, made?.token ?? "");
    await expect(ending).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await test.db.reader.select().from(userSessions).where(isThis)).toEqual([]);
  });
});

describe("a new credential", () => {
  const wish = createApiKeySchema.parse({ name: "key", scopes: ["bots:read"] });
  const tokenContext = async () => {
    const { token } = await signIn(nobody(), { email, password: OLD, tokenName: "laptop" });
    return test.as(await authenticateCredential(nobody(), token));
  };
  const makings = (keyId: string): Record<string, (ctx: ServiceContext) => Promise<unknown>> => ({
    token: (ctx) => createPersonalToken(ctx, { name: "t", expiresInDays: 1 }),
    key: (ctx) => createApiKey(ctx, wish),
    "rotated key": (ctx) => rotateApiKey(ctx, { keyId, ...rotateApiKeySchema.parse({}) }),
  });

  it.each(["token", "key", "rotated key"])("is made by nobody whose own was ended meanwhile: a %s", async (which) => {
    const { id } = await createApiKey(test.as(owner), wish);
    const contexts = [await tokenContext(), test.as(await addBrowserSignIn(test, owner))];
    for (const ctx of contexts) {
      const ended = heldBeforeWriting(ctx, () => signOutEverywhere(test.as(owner), { keepThis: false }));
      await expect(makings(id)[which]?.(ended)).rejects.toMatchObject({ code: "unauthenticated" });
    }
    await makings(id)[which]?.(await tokenContext());
  });

  it.each(["key", "rotated key"])("needs the role its maker has now: a %s", async (which) => {
    const other = await addTeam(test);
    const { id } = await createApiKey(test.as(owner), wish);
    await test.db.write((tx) => joinAsOwner(tx, other.userId, owner.teamId));
    const demote = () =>
      updateUser(test.as({ ...other, teamId: owner.teamId }), { userId: owner.userId, changes: { role: "viewer" } });
    const demoted = heldBeforeWriting(test.as(owner), demote);
    await expect(makings(id)[which]?.(demoted)).rejects.toMatchObject({ code: "forbidden" });
  });

  const joinAsOwner = (tx: Parameters<typeof addMember>[0], userId: string, teamId: TeamId) =>
    addMember(tx, test.as(owner), { teamId, userId, role: "owner" });
});

describe("the revocation of a member's token", () => {
  it("needs the role its admin has now", async () => {
    const admin = await addPerson(test, owner.teamId, "admin");
    const { id: tokenId } = await createPersonalToken(test.as(owner), { name: "t", expiresInDays: 1 });
    const member = await addPerson(test, owner.teamId, "viewer");
    const { id: theirs } = await createPersonalToken(test.as(member), { name: "t", expiresInDays: 1 });
    const revoking = (which: string, ctx = test.as(admin)) => revokePersonalToken(ctx, { tokenId: which });
    await expect(revoking(tokenId)).rejects.toMatchObject({ code: "forbidden" });
    const demote = () => updateUser(test.as(owner), { userId: admin.userId, changes: { role: "viewer" } });
    const demoted = heldBeforeWriting(test.as(admin), demote);
    await expect(revoking(theirs, demoted)).rejects.toMatchObject({ code: "not-found" });
  });
});

describe("a reset of the password", () => {
  it("does not open a team that was made after it", async () => {
    const code = await requestReset();
    await createTeam(test.as(owner), { name: "Later" });
    await expect(resetPassword(nobody(), { code, newPassword: NEW })).rejects.toMatchObject({ code: "not-found" });
  });
});
