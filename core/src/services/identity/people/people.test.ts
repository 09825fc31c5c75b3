import { audit, users } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Actor } from "../../../context.ts";
import type { Role } from "../../../domain/vocabulary.ts";
import { addMembership, addPerson, addTeam, apiKeyActor, uniqueNumber } from "../../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../../testing/test-context.ts";
import { addPersonalToken } from "../internal.ts";
import { signIn } from "../sign-in.ts";
import { createUser } from "./create-user.ts";
import { getUser } from "./get-user.ts";
import { listUsers } from "./list-users.ts";
import { createUserSchema, listUsersSchema } from "./schemas.ts";

type Person = Extract<Actor, { kind: "user" }>;

const PASSWORD = "paper boats cross the quiet market";
let test: TestContext;
let owner: Person;
let admin: Person;
let operator: Person;
let viewer: Person;
let stranger: Person;
beforeAll(async () => {
  test = await createTestContext();
  owner = await addTeam(test);
  admin = await addPerson(test, owner.teamId, "admin");
  operator = await addPerson(test, owner.teamId, "operator");
  viewer = await addPerson(test, owner.teamId, "viewer");
  stranger = await addTeam(test);
});
afterAll(() => test.dispose());

const wish = (changes: object = {}) =>
  createUserSchema.parse({
    name: "Lin",
    email: `lin${uniqueNumber()}@example.test`,
    role: "operator",
    password: PASSWORD,
    ...changes,
  });
const list = (actor: Actor, filters: object = {}) => listUsers(test.as(actor), listUsersSchema.parse(filters));

describe("a new user", () => {
  it("is in the team of who made them, signs in with the password, and is in the audit without the e-mail", async () => {
    const input = wish({ email: `LIN${uniqueNumber()}@Example.test` });
    const user = await createUser(test.as(admin), input);
    expect(user).toMatchObject({ name: "Lin", role: "operator", lastSignInAt: null, hasOpenTokens: false });
    const signedIn = await signIn(test.as({ kind: "anonymous" }), { ...input, tokenName: "t" });
    expect(signedIn).toMatchObject({ userId: user.id, teamId: owner.teamId, role: "operator" });
    const seen = await getUser(test.as(owner), { userId: user.id });
    expect(seen).toMatchObject({ lastSignInAt: expect.any(String), hasOpenTokens: true });
    const rows = await test.db.reader.select().from(audit).where(eq(audit.objectId, user.id));
    expect(rows[0]).toMatchObject({ action: "user.create", actorId: admin.userId, detail: { role: "operator" } });
    expect(JSON.stringify(rows)).not.toContain(input.email);
  });

  it.each<Role>(["owner", "admin", "operator", "viewer"])("of role %s is made by an owner", async (role) => {
    expect(await createUser(test.as(owner), wish({ role }))).toMatchObject({ role });
  });

  it("is made an owner by owners only", async () => {
    await expect(createUser(test.as(admin), wish({ role: "owner" }))).rejects.toMatchObject({ code: "forbidden" });
    expect(await createUser(test.as(admin), wish({ role: "admin" }))).toMatchObject({ role: "admin" });
  });

  it("is made by nobody below admin, and by no key", async () => {
    const actors: Actor[] = [operator, viewer, apiKeyActor(owner.teamId, ["bots:write"])];
    for (const actor of actors)
      await expect(createUser(test.as(actor), wish())).rejects.toMatchObject({ code: "forbidden" });
    await expect(createUser(test.as({ kind: "anonymous" }), wish())).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("is not made by an admin who lost the role after the request came in", async () => {
    const was: Actor = { ...viewer, role: "admin" };
    await expect(createUser(test.as(was), wish())).rejects.toMatchObject({ code: "forbidden" });
  });

  it("asks for a recent password", async () => {
    const long = { ...owner, confirmedAtMs: test.clock.nowMs() - 15 * 60_000 };
    await expect(createUser(test.as(long), wish())).rejects.toMatchObject({ code: "confirmation-required" });
  });

  it("whose e-mail is known here is to be invited, and nothing of the try stays", async () => {
    const { email } = await createUser(test.as(stranger), wish());
    const before = (await list(owner)).items.length;
    await expect(createUser(test.as(owner), wish({ email }))).rejects.toMatchObject({ code: "conflict" });
    expect((await list(owner)).items).toHaveLength(before);
    expect(await test.db.reader.select().from(users).where(eq(users.email, email))).toHaveLength(1);
  });

  it("made twice at once is made once", async () => {
    const input = wish();
    const results = await Promise.allSettled([createUser(test.as(owner), input), createUser(test.as(admin), input)]);
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it("gets no password that says what everybody knows", async () => {
    const input = wish({ name: "Linnea Sandoval", password: "Linnea Sandoval 2026" });
    await expect(createUser(test.as(owner), input)).rejects.toMatchObject({
      code: "validation-failed",
      details: { errors: [{ path: "password" }] },
    });
  });

  it.each([
    [{ role: "god" }],
    [{ email: "nobody" }],
    [{ password: "fourteen chars" }],
    [{ name: " " }],
    [{ isAdmin: true }],
  ])("is not made of %j", (changes) => {
    expect(() => wish(changes)).toThrow();
  });
});

describe("the list of users", () => {
  it("shows the team's people page by page, and no others", async () => {
    const mine = await addTeam(test);
    for (const role of ["admin", "viewer"] as const) await addPerson(test, mine.teamId, role);
    const first = await list(mine, { limit: 2 });
    const second = await list(mine, { limit: 2, cursor: first.nextCursor });
    expect([...first.items, ...second.items].map(({ role }) => role).sort()).toEqual(["admin", "owner", "viewer"]);
    expect(second.nextCursor).toBeNull();
  });

  it("is filtered by role and by a part of the name or the e-mail", async () => {
    const mine = await addTeam(test);
    const { id, email } = await createUser(test.as(mine), wish({ name: "Zoë Quist", role: "viewer" }));
    expect((await list(mine, { role: "viewer" })).items.map((user) => user.id)).toEqual([id]);
    expect((await list(mine, { name: "quis" })).items.map((user) => user.id)).toEqual([id]);
    expect((await list(mine, { name: email.slice(0, 8) })).items.map((user) => user.id)).toEqual([id]);
    expect((await list(mine, { name: "%" })).items).toEqual([]);
  });

  it("tells of a token only while it is good, and of this team only", async () => {
    const mine = await addTeam(test);
    const there = await addMembership(test, mine, stranger.teamId, "viewer");
    const ctx = test.as(mine);
    await ctx.db.write((tx) => addPersonalToken(tx, ctx, there, "elsewhere"));
    expect((await list(mine)).items[0]).toMatchObject({ hasOpenTokens: false });
    await ctx.db.write((tx) => addPersonalToken(tx, ctx, mine, "here"));
    expect((await list(mine)).items[0]).toMatchObject({ hasOpenTokens: true });
  });

  it("and every one in it are for admins, of their own team", async () => {
    for (const actor of [operator, viewer, apiKeyActor(owner.teamId, ["bots:read"])]) {
      await expect(list(actor)).rejects.toMatchObject({ code: "forbidden" });
      await expect(getUser(test.as(actor), { userId: owner.userId })).rejects.toMatchObject({ code: "forbidden" });
    }
    for (const userId of [owner.userId, "usr_x", "usr_01jnyz0000aaaaaaaaaaaaaaaa", ""])
      await expect(getUser(test.as(stranger), { userId })).rejects.toMatchObject({ code: "not-found" });
  });
});
