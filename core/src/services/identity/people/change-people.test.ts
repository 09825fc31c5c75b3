import { apiKeys, audit, oneTimeCodes, sessionTokens, teamMembers, userSessions, users } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Actor } from "../../../context.ts";
import type { Role } from "../../../domain/vocabulary.ts";
import { addBot, addMembership, addPerson, addTeam, apiKeyActor } from "../../../testing/factories.ts";
import { linkBot } from "../../../testing/linked-bot.ts";
import { createTestContext, type TestContext } from "../../../testing/test-context.ts";
import { issueToken } from "../../sessions/issue-token.ts";
import { createApiKey } from "../api-keys/create-api-key.ts";
import { createApiKeySchema } from "../api-keys/schemas.ts";
import { authenticateCredential } from "../authenticate.ts";
import { authenticateUser } from "../authenticate-user.ts";
import { addPersonalToken } from "../internal.ts";
import { createInvitation } from "../invitations/create-invitation.ts";
import { requestPasswordReset } from "../password-resets/request-password-reset.ts";
import { removeUser } from "./remove-user.ts";
import { updateUser } from "./update-user.ts";

type Person = Extract<Actor, { kind: "user" }>;

let test: TestContext;
let owner: Person;
let admin: Person;
let viewer: Person;
beforeAll(async () => {
  test = await createTestContext();
});
beforeEach(async () => {
  owner = await addTeam(test);
  admin = await addPerson(test, owner.teamId, "admin");
  viewer = await addPerson(test, owner.teamId, "viewer");
});
afterAll(() => test.dispose());

const give = (actor: Actor, { userId }: Person, role: Role) =>
  updateUser(test.as(actor), { userId, changes: { role } });
const remove = (actor: Actor, { userId }: Person) => removeUser(test.as(actor), { userId });
const roleOf = async ({ userId, teamId }: Person) => {
  const rows = await test.db.reader.select().from(teamMembers).where(eq(teamMembers.userId, userId));
  return rows.find((row) => row.organizationId === teamId)?.role ?? null;
};
const tokenOf = async (person: Person) => {
  const ctx = test.as(person);
  return (await ctx.db.write((tx) => addPersonalToken(tx, ctx, person, "test"))).token;
};
const actorOf = (token: string) => authenticateCredential(test.as({ kind: "anonymous" }), token);
const signInOf = async (person: Person, id: string) => {
  const now = new Date(test.clock.nowMs());
  const row = { id, token: id, userId: person.userId, activeOrganizationId: person.teamId };
  await test.db.write(async (tx) => {
    await tx.insert(userSessions).values({ ...row, expiresAt: now, createdAt: now, updatedAt: now });
  });
  return { userId: person.userId, signInId: id };
};

describe("a change of role", () => {
  it("is in force with the next request, and in the audit", async () => {
    const token = await tokenOf(viewer);
    expect(await give(admin, viewer, "operator")).toMatchObject({ id: viewer.userId, role: "operator" });
    expect(await actorOf(token)).toMatchObject({ role: "operator" });
    const [row] = await test.db.reader.select().from(audit).where(eq(audit.objectId, viewer.userId));
    expect(row).toMatchObject({ action: "user.change-role", detail: { from: "viewer", to: "operator" } });
  });

  it("cannot make anybody mightier than who makes it, nor touch who is", async () => {
    const attempts: [Actor, Person, Role][] = [
      [admin, viewer, "owner"],
      [admin, admin, "owner"],
      [admin, owner, "viewer"],
      [viewer, viewer, "admin"],
      [viewer, admin, "viewer"],
      [apiKeyActor(owner.teamId, ["bots:write"]), viewer, "admin"],
    ];
    for (const [actor, target, role] of attempts)
      await expect(give(actor, target, role)).rejects.toMatchObject({ code: "forbidden" });
    expect(await Promise.all([owner, admin, viewer].map(roleOf))).toEqual(["owner", "admin", "viewer"]);
  });

  it("by who was demoted after their request came in is refused", async () => {
    await give(owner, admin, "viewer");
    await expect(give(admin, viewer, "admin")).rejects.toMatchObject({ code: "forbidden" });
  });

  it("never leaves the team without an owner, not even of two at once", async () => {
    await expect(give(owner, owner, "admin")).rejects.toMatchObject({ code: "conflict" });
    const other = await addPerson(test, owner.teamId, "owner");
    const results = await Promise.allSettled([give(owner, other, "admin"), give(other, owner, "admin")]);
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect([await roleOf(owner), await roleOf(other)].sort()).toEqual(["admin", "owner"]);
  });

  it("leaves an owner when both give it up themselves, through two processes", async () => {
    const other = await addPerson(test, owner.teamId, "owner");
    const db = await test.openAgain();
    const there = updateUser(test.as(other, { db }), { userId: other.userId, changes: { role: "viewer" } });
    const results = await Promise.allSettled([give(owner, owner, "viewer"), there]);
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it("asks for a recent password, and is nothing another team can do", async () => {
    const long = { ...owner, confirmedAtMs: 0 };
    await expect(give(long, viewer, "admin")).rejects.toMatchObject({ code: "confirmation-required" });
    await expect(give(await addTeam(test), viewer, "admin")).rejects.toMatchObject({ code: "not-found" });
  });

  it("downwards ends the invitations and resets that were made before", async () => {
    await createInvitation(test.as(admin), { email: "me.too@example.test", role: "admin", expiresInHours: 1 });
    await requestPasswordReset(test.as(admin), { userId: viewer.userId });
    await give(owner, admin, "viewer");
    const codes = await test.db.reader.select().from(oneTimeCodes).where(eq(oneTimeCodes.teamId, owner.teamId));
    expect(codes.map(({ revokedAtMs }) => revokedAtMs)).toEqual([expect.any(Number), expect.any(Number)]);
  });

  it("upwards ends a reset that was made while the person was less", async () => {
    await requestPasswordReset(test.as(admin), { userId: viewer.userId });
    await give(owner, viewer, "owner");
    const [code] = await test.db.reader.select().from(oneTimeCodes).where(eq(oneTimeCodes.userId, viewer.userId));
    expect(code?.revokedAtMs).not.toBeNull();
  });
});

describe("a change of name", () => {
  it("is open to everybody for their own, without a recent password", async () => {
    const ctx = test.as({ ...viewer, confirmedAtMs: 0 });
    expect(await updateUser(ctx, { userId: viewer.userId, changes: { name: "Vi" } })).toMatchObject({ name: "Vi" });
  });

  it("of others is for who may manage them in their only team", async () => {
    const rename = (actor: Actor, { userId }: Person) => updateUser(test.as(actor), { userId, changes: { name: "X" } });
    expect(await rename(admin, viewer)).toMatchObject({ name: "X" });
    await expect(rename(viewer, admin)).rejects.toMatchObject({ code: "forbidden" });
    await expect(rename(admin, owner)).rejects.toMatchObject({ code: "forbidden" });
    await addMembership(test, viewer, (await addTeam(test)).teamId, "viewer");
    await expect(rename(admin, viewer)).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("who is removed from a team", () => {
  it("and is in no other is gone: the e-mail is free, their token opens nothing", async () => {
    const token = await tokenOf(viewer);
    await remove(admin, viewer);
    await expect(actorOf(token)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await test.db.reader.select().from(users).where(eq(users.id, viewer.userId))).toEqual([]);
    const [row] = await test.db.reader.select().from(audit).where(eq(audit.objectId, viewer.userId));
    expect(row).toMatchObject({ action: "user.remove", detail: { role: "viewer", isDeleted: true } });
  });

  it("keeps what they have in other teams, where a browser that acted here goes on", async () => {
    const there = await addMembership(test, viewer, (await addTeam(test)).teamId, "admin");
    const tokens = { here: await tokenOf(viewer), there: await tokenOf(there) };
    const signIn = await signInOf(viewer, `here-${viewer.userId}`);
    expect(await authenticateUser(test.as(viewer), signIn)).toMatchObject({ teamId: owner.teamId });
    await remove(owner, viewer);
    await expect(actorOf(tokens.here)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await actorOf(tokens.there)).toMatchObject({ teamId: there.teamId, role: "admin" });
    expect(await authenticateUser(test.as(viewer), signIn)).toMatchObject({ teamId: there.teamId });
    await addMembership(test, viewer, owner.teamId, "viewer");
    await expect(actorOf(tokens.here)).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("has no session token any more, not even after coming back; API keys they made stay", async () => {
    const there = await addMembership(test, admin, (await addTeam(test)).teamId, "viewer");
    const botId = await addBot(test, owner);
    await linkBot(test, botId);
    await issueToken(test.as(admin), { botId, expiresIn: 3_600 });
    const wish = createApiKeySchema.parse({ name: "service", scopes: ["bots:read"] });
    const { id: keyId } = await createApiKey(test.as(admin), wish);
    await remove(owner, admin);
    const [token] = await test.db.reader.select().from(sessionTokens).where(eq(sessionTokens.botId, botId));
    expect(token?.revokedAtMs).not.toBeNull();
    const [key] = await test.db.reader.select().from(apiKeys).where(eq(apiKeys.id, keyId));
    expect(key?.revokedAtMs).toBeNull();
    expect(await roleOf(there)).toBe("viewer");
  });

  it("does not come back by an invitation they made for themselves", async () => {
    await createInvitation(test.as(admin), { email: "again@example.test", role: "admin", expiresInHours: 1 });
    await remove(owner, admin);
    const [code] = await test.db.reader.select().from(oneTimeCodes).where(eq(oneTimeCodes.teamId, owner.teamId));
    expect(code?.revokedAtMs).not.toBeNull();
  });

  it("may be oneself, unless nobody would own the team", async () => {
    await remove(viewer, viewer);
    expect(await roleOf(viewer)).toBeNull();
    await expect(remove(owner, owner)).rejects.toMatchObject({ code: "conflict" });
    const other = await addPerson(test, owner.teamId, "owner");
    const results = await Promise.allSettled([remove(owner, owner), remove(other, other)]);
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it("is nobody of another team, nobody mightier, and nobody for a key, an operator or an old password", async () => {
    const operator = await addPerson(test, owner.teamId, "operator");
    const key = apiKeyActor(owner.teamId, ["bots:write"]);
    for (const actor of [operator, key])
      await expect(remove(actor, viewer)).rejects.toMatchObject({ code: "forbidden" });
    await expect(remove(admin, owner)).rejects.toMatchObject({ code: "forbidden" });
    await expect(remove(await addTeam(test), viewer)).rejects.toMatchObject({ code: "not-found" });
    const long = { ...owner, confirmedAtMs: 0 };
    await expect(remove(long, viewer)).rejects.toMatchObject({ code: "confirmation-required" });
    expect(await roleOf(viewer)).toBe("viewer");
  });
});
