import { oneTimeCodes, userSessions } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Actor, ServiceContext } from "../../../context.ts";
import type { Role } from "../../../domain/vocabulary.ts";
import {
  addBot,
  addMembership,
  addPerson,
  addTeam,
  apiKeyActor,
  uniqueAddress,
  uniqueNumber,
} from "../../../testing/factories.ts";
import { linkBot } from "../../../testing/linked-bot.ts";
import { createTestContext, type TestContext } from "../../../testing/test-context.ts";
import { issueToken } from "../../sessions/issue-token.ts";
import { verifyToken } from "../../sessions/tokens.ts";
import { authenticateCredential } from "../authenticate.ts";
import { addPersonalToken } from "../internal.ts";
import { createUser } from "../people/create-user.ts";
import { signIn } from "../sign-in.ts";
import { requestPasswordReset } from "./request-password-reset.ts";
import { requestPasswordResetOnServer } from "./request-password-reset-on-server.ts";
import { resetPassword } from "./reset-password.ts";

type Person = Extract<Actor, { kind: "user" }>;

const OLD = "paper boats cross the quiet market";
const NEW = "seven herons wait behind the mill";
let test: TestContext;
let owner: Person;
let admin: Person;
beforeAll(async () => {
  test = await createTestContext();
  owner = await addTeam(test);
  admin = await addPerson(test, owner.teamId, "admin");
});
afterAll(() => test.dispose());

const nobody = (address = uniqueAddress()): ServiceContext =>
  test.as({ kind: "anonymous" }, { request: { id: null, address, userAgent: null } });
const request = (actor: Actor, { userId }: { userId: string }) => requestPasswordReset(test.as(actor), { userId });
const reset = (code: string, newPassword = NEW) => resetPassword(nobody(), { code, newPassword });
const addUser = async (role: Role = "operator") => {
  const email = `user${uniqueNumber()}@example.test`;
  const { id: userId } = await createUser(test.as(owner), { name: "Lin", email, role, password: OLD });
  const person = { kind: "user", userId, teamId: owner.teamId, role, signInId: null } as const;
  return { email, userId, person: { ...person, confirmedAtMs: test.clock.nowMs() } };
};
const tryPassword = (email: string, password: string) => signIn(nobody(), { email, password, tokenName: "t" });

describe("a password reset", () => {
  it("sets the new password once, and puts out everybody who came in with the old one", async () => {
    const { email, userId, person } = await addUser();
    const there = await addMembership(test, person, (await addTeam(test)).teamId, "viewer");
    const ctx = test.as(person);
    const tokens = await Promise.all(
      [person, there].map((where) => ctx.db.write((tx) => addPersonalToken(tx, ctx, where, "t"))),
    );
    const now = new Date(test.clock.nowMs());
    await test.db.write(async (tx) => {
      const row = { id: userId, token: userId, userId, expiresAt: now, createdAt: now, updatedAt: now };
      await tx.insert(userSessions).values(row);
    });
    const { code } = await requestPasswordResetOnServer(test.as({ kind: "system", name: "test" }), { email });
    await reset(code);
    for (const { token } of tokens)
      await expect(authenticateCredential(nobody(), token)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await test.db.reader.select().from(userSessions).where(eq(userSessions.userId, userId))).toEqual([]);
    await expect(tryPassword(email, OLD)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await tryPassword(email, NEW)).toMatchObject({ userId });
    await expect(reset(code, OLD)).rejects.toMatchObject({ code: "not-found" });
  });

  it("ends the session tokens the person was given", async () => {
    const { email, userId, person } = await addUser("admin");
    const botId = await addBot(test, owner);
    await linkBot(test, botId);
    const { token } = await issueToken(test.as(person), { botId, expiresIn: 3_600 });
    const state = async () => (await verifyToken(test.as(owner), { token })).active;
    expect([await state(), userId]).toEqual([true, person.userId]);
    const { code } = await requestPasswordResetOnServer(test.as({ kind: "system", name: "test" }), { email });
    await reset(code);
    expect(await state()).toBe(false);
  });

  it("used twice at once sets one password", async () => {
    const { code } = await request(admin, await addUser());
    const db = await test.openAgain();
    const results = await Promise.allSettled([
      reset(code),
      resetPassword({ ...nobody(), db }, { code, newPassword: OLD }),
    ]);
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it("ends earlier ones, and lives a day to the millisecond", async () => {
    const user = await addUser();
    const first = await request(owner, user);
    const second = await request(admin, user);
    await expect(reset(first.code)).rejects.toMatchObject({ code: "not-found" });
    test.clock.advanceMs(24 * 3_600_000 - 1);
    await expect(reset(second.code, "user Lin 2026 Lin")).rejects.toMatchObject({
      code: "validation-failed",
      details: { errors: [{ path: "newPassword" }] },
    });
    test.clock.advanceMs(1);
    await expect(reset(second.code)).rejects.toMatchObject({ code: "not-found" });
    owner = { ...owner, confirmedAtMs: test.clock.nowMs() };
    admin = { ...admin, confirmedAtMs: test.clock.nowMs() };
  });

  it("leaves nothing of its code in the database", async () => {
    const user = await addUser();
    const { code } = await request(owner, user);
    const rows = await test.db.reader.select().from(oneTimeCodes).where(eq(oneTimeCodes.userId, user.userId));
    expect(JSON.stringify(rows)).not.toContain(code.slice(20));
  });

  it("is no way for an admin to an owner, nor for anybody to a team they do not manage", async () => {
    await expect(request(admin, owner)).rejects.toMatchObject({ code: "forbidden" });
    const { person } = await addUser("viewer");
    const other = await addTeam(test);
    await addMembership(test, person, other.teamId, "owner");
    for (const actor of [admin, owner])
      await expect(request(actor, person)).rejects.toMatchObject({ code: "forbidden" });
    await addMembership(test, owner, other.teamId, "admin");
    await expect(request(owner, person)).rejects.toMatchObject({ code: "forbidden" });
    const both = await addMembership(test, admin, other.teamId, "owner");
    expect(await request({ ...both, teamId: owner.teamId, role: "admin" }, person)).toMatchObject({
      userId: person.userId,
    });
  });

  it("is made by nobody of another team, below admin, with a key or with an old password", async () => {
    const { person, userId } = await addUser("viewer");
    await expect(request(await addTeam(test), person)).rejects.toMatchObject({ code: "not-found" });
    await expect(request(owner, { userId: "usr_x" })).rejects.toMatchObject({ code: "not-found" });
    const operator = await addPerson(test, owner.teamId, "operator");
    for (const actor of [operator, person, apiKeyActor(owner.teamId, ["bots:write"])])
      await expect(request(actor, { userId })).rejects.toMatchObject({ code: "forbidden" });
    await expect(request({ ...owner, confirmedAtMs: 0 }, person)).rejects.toMatchObject({
      code: "confirmation-required",
    });
  });

  it("is made on the server by the product alone", async () => {
    const { email } = await addUser();
    for (const actor of [owner, { kind: "anonymous" } as const])
      await expect(requestPasswordResetOnServer(test.as(actor), { email })).rejects.toMatchObject({
        code: "forbidden",
      });
    const server = test.as({ kind: "system", name: "reset-password" });
    const unknown = requestPasswordResetOnServer(server, { email: "nobody@example.test" });
    await expect(unknown).rejects.toMatchObject({ code: "not-found" });
    const { code } = await requestPasswordResetOnServer(server, { email: ` ${email.toUpperCase()} ` });
    await reset(code);
    expect(await tryPassword(email, NEW)).toMatchObject({ email });
  });

  it("counts tries against the address they come from", async () => {
    const { code } = await request(owner, await addUser());
    const from = nobody(uniqueAddress());
    for (let count = 0; count < 20; count++)
      await expect(resetPassword(from, { code: "x", newPassword: NEW })).rejects.toMatchObject({ code: "not-found" });
    const right = resetPassword(from, { code, newPassword: NEW });
    await expect(right).rejects.toMatchObject({ code: "rate-limited" });
  });
});
