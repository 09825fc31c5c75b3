import { audit, oneTimeCodes, type TeamId } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Actor, ServiceContext } from "../../../context.ts";
import type { Role } from "../../../domain/vocabulary.ts";
import {
  addMembership,
  addPerson,
  addTeam,
  apiKeyActor,
  uniqueAddress,
  uniqueNumber,
} from "../../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../../testing/test-context.ts";
import { authenticateCredential } from "../authenticate.ts";
import { requestPasswordReset } from "../password-resets/request-password-reset.ts";
import { createUser } from "../people/create-user.ts";
import { getUser } from "../people/get-user.ts";
import { removeUser } from "../people/remove-user.ts";
import { signIn } from "../sign-in.ts";
import { acceptInvitation } from "./accept-invitation.ts";
import { createInvitation } from "./create-invitation.ts";
import { listInvitations } from "./list-invitations.ts";
import { revokeInvitation } from "./revoke-invitation.ts";
import { acceptInvitationSchema, createInvitationSchema, listInvitationsSchema } from "./schemas.ts";

type Person = Extract<Actor, { kind: "user" }>;

const PASSWORD = "paper boats cross the quiet market";
const HOUR_MS = 3_600_000;
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
const invite = (actor: Actor, changes: object = {}) => {
  const wish = { email: `guest${uniqueNumber()}@example.test`, role: "operator", ...changes };
  return createInvitation(test.as(actor), createInvitationSchema.parse(wish));
};
const accept = (ctx: ServiceContext, input: object) => acceptInvitation(ctx, acceptInvitationSchema.parse(input));
const somebodyNew = { name: "Noor", password: PASSWORD };
const statusesOf = async (actor: Actor, status?: string) => {
  const input = listInvitationsSchema.parse(status === undefined ? {} : { status });
  return (await listInvitations(test.as(actor), input)).items.map((item) => item.id);
};
const known = async (teamOf: Person) => {
  const email = `known${uniqueNumber()}@example.test`;
  const wish = { name: "Known", email, role: "viewer", password: PASSWORD } as const;
  const { id: userId } = await createUser(test.as(teamOf), wish);
  const teamId: TeamId = teamOf.teamId;
  const person = { kind: "user", userId, teamId, role: "viewer", signInId: null } as const;
  return { email, person: { ...person, confirmedAtMs: test.clock.nowMs() } };
};

describe("an invitation", () => {
  it("brings somebody new into the team in its role, with a token, once", async () => {
    const { code, email, ...shown } = await invite(admin);
    expect(shown).toMatchObject({ status: "open", createdBy: `user:${admin.userId}` });
    const joined = await accept(nobody(), { code, ...somebodyNew });
    expect(joined).toMatchObject({ email, name: "Noor", teamId: owner.teamId, role: "operator" });
    expect(await authenticateCredential(nobody(), joined.token ?? "")).toMatchObject({ userId: joined.userId });
    await expect(accept(nobody(), { code, ...somebodyNew })).rejects.toMatchObject({ code: "not-found" });
    const [row] = await test.db.reader.select().from(audit).where(eq(audit.action, "invitation.accept"));
    expect(row).toMatchObject({ objectId: shown.id, teamId: owner.teamId, detail: { userId: joined.userId } });
  });

  it("stores nothing of its code, and shows it in no list", async () => {
    const { code } = await invite(owner);
    const rows = await test.db.reader.select().from(oneTimeCodes);
    const listed = await listInvitations(test.as(owner), listInvitationsSchema.parse({}));
    const told = await test.db.reader.select().from(audit);
    expect(JSON.stringify([rows, listed, told])).not.toContain(code.slice(20));
  });

  it("used twice at once lets one in", async () => {
    const { code } = await invite(owner);
    const db = await test.openAgain();
    const results = await Promise.allSettled([
      accept(nobody(), { code, ...somebodyNew }),
      accept({ ...nobody(), db }, { code, ...somebodyNew }),
    ]);
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(results.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "not-found" } });
  });

  it("gives no role above that of who makes it", async () => {
    await expect(invite(admin, { role: "owner" })).rejects.toMatchObject({ code: "forbidden" });
    expect(await invite(owner, { role: "owner" })).toMatchObject({ role: "owner" });
    const roles: Role[] = ["operator", "viewer"];
    for (const role of roles) {
      const actor = await addPerson(test, owner.teamId, role);
      await expect(invite(actor, { role: "viewer" })).rejects.toMatchObject({ code: "forbidden" });
      await expect(statusesOf(actor)).rejects.toMatchObject({ code: "forbidden" });
    }
    await expect(invite(apiKeyActor(owner.teamId, ["bots:write"]))).rejects.toMatchObject({ code: "forbidden" });
    const long = { ...owner, confirmedAtMs: 0 };
    await expect(invite(long)).rejects.toMatchObject({ code: "confirmation-required" });
  });

  it("of a member is a conflict, and a second one of the same address ends the first", async () => {
    const { email } = await known(owner);
    await expect(invite(admin, { email })).rejects.toMatchObject({ code: "conflict" });
    const first = await invite(owner);
    const second = await invite(owner, { email: first.email.toUpperCase() });
    await expect(accept(nobody(), { code: first.code, ...somebodyNew })).rejects.toMatchObject({ code: "not-found" });
    expect(await accept(nobody(), { code: second.code, ...somebodyNew })).toMatchObject({ email: first.email });
  });

  it("lives three days unless said otherwise, to the millisecond", async () => {
    const { code, id } = await invite(owner);
    test.clock.advanceMs(72 * HOUR_MS - 1);
    await expect(accept(nobody(), { code })).rejects.toMatchObject({ code: "validation-failed" });
    test.clock.advanceMs(1);
    await expect(accept(nobody(), { code })).rejects.toMatchObject({ code: "not-found" });
    expect(await statusesOf(owner, "expired")).toContain(id);
    owner = { ...owner, confirmedAtMs: test.clock.nowMs() };
    admin = { ...admin, confirmedAtMs: test.clock.nowMs() };
  });

  it.each([[{ expiresInHours: 337 }], [{ expiresInHours: 0 }], [{ email: "x" }], [{ role: "god" }], [{ teamId: "x" }]])(
    "is not made of %j",
    (changes) => {
      expect(() => invite(owner, changes)).toThrow();
    },
  );
});

describe("every code that opens nothing", () => {
  it("is answered alike: wrong, mistyped, used, revoked, of another kind, another credential", async () => {
    const used = await invite(owner);
    await accept(nobody(), { code: used.code, ...somebodyNew });
    const revoked = await invite(owner);
    await revokeInvitation(test.as(owner), { invitationId: revoked.id });
    const { code } = await invite(owner);
    const { person } = await known(owner);
    const reset = await requestPasswordReset(test.as(owner), { userId: person.userId });
    const swapped = `${code.slice(0, 21)}${code[21] === "a" ? "b" : "a"}${code.slice(22)}`;
    const codes = ["x", "sb_inv_", swapped, used.code, revoked.code, reset.code, reset.code.replace("rst", "inv")];
    const failures = await Promise.all(
      codes.map((bad) => accept(nobody(), { code: bad, ...somebodyNew }).catch((err) => [err.code, err.message])),
    );
    expect(new Set(failures.map(String)).size).toBe(1);
    expect(failures[0]).toEqual(["not-found", expect.stringContaining("opens nothing")]);
  });

  it("counts against the address it comes from, and the right one counts no more", async () => {
    const address = uniqueAddress();
    for (let count = 0; count < 20; count++)
      await expect(accept(nobody(address), { code: "x" })).rejects.toMatchObject({ code: "not-found" });
    const { code } = await invite(owner);
    const tooMany = accept(nobody(address), { code, ...somebodyNew });
    await expect(tooMany).rejects.toMatchObject({ code: "rate-limited" });
    expect(await accept(nobody(), { code, ...somebodyNew })).toMatchObject({ name: "Noor" });
  });
});

describe("accepting", () => {
  it("asks somebody new for a name and a good password, and keeps the code for another try", async () => {
    const { code } = await invite(owner);
    const tries = [
      [{}, "name"],
      [{ name: "Noor" }, "password"],
      [{ name: "Noor", password: "too short" }, "password"],
      [{ name: "Noor Sandoval", password: "noor sandoval 1990" }, "password"],
    ] as const;
    for (const [given, path] of tries)
      await expect(accept(nobody(), { code, ...given })).rejects.toMatchObject({
        code: "validation-failed",
        details: { errors: [{ path }] },
      });
    expect(await accept(nobody(), { code, ...somebodyNew })).toMatchObject({ name: "Noor" });
  });

  it("with the password of the account there is joins it to one more team", async () => {
    const { email, person } = await known(await addTeam(test));
    const { code } = await invite(owner, { email });
    await expect(accept(nobody(), { code })).rejects.toMatchObject({ code: "validation-failed" });
    const wrong = accept(nobody(), { code, name: "Eve", password: "another good password of hers" });
    await expect(wrong).rejects.toMatchObject({ code: "unauthenticated" });
    const joined = await accept(nobody(), { code, password: PASSWORD });
    expect(joined).toMatchObject({ userId: person.userId, teamId: owner.teamId, name: "Known" });
    expect(await authenticateCredential(nobody(), joined.token ?? "")).toMatchObject({ teamId: owner.teamId });
  });

  it("while signed in needs the code alone, and the e-mail that was invited", async () => {
    const { email, person } = await known(await addTeam(test));
    const { code } = await invite(owner, { email });
    await expect(accept(test.as(admin), { code })).rejects.toMatchObject({ code: "forbidden" });
    const key = test.as(apiKeyActor(owner.teamId, ["bots:read"]));
    await expect(accept(key, { code })).rejects.toMatchObject({ code: "forbidden" });
    const long = test.as({ ...person, confirmedAtMs: 0 });
    await expect(accept(long, { code })).rejects.toMatchObject({ code: "confirmation-required" });
    expect(await accept(test.as(person), { code })).toMatchObject({ teamId: owner.teamId, token: null });
    const there = { ...person, teamId: owner.teamId };
    expect(await getUser(test.as(owner), there)).toMatchObject({ role: "operator", email });
  });

  it("by who came in another way meanwhile is a conflict", async () => {
    const { email, person } = await known(await addTeam(test));
    const { code } = await invite(owner, { email });
    await addMembership(test, person, owner.teamId, "viewer");
    await expect(accept(test.as(person), { code })).rejects.toMatchObject({ code: "conflict" });
  });

  it("of two teams at once by somebody new makes one person", async () => {
    const other = await addTeam(test);
    const email = `both${uniqueNumber()}@example.test`;
    const codes = [(await invite(owner, { email })).code, (await invite(other, { email })).code];
    const results = await Promise.allSettled(codes.map((code) => accept(nobody(), { code, ...somebodyNew })));
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const lost = codes[results.findIndex(({ status }) => status === "rejected")];
    expect(await accept(nobody(), { code: lost, password: PASSWORD })).toMatchObject({ email });
  });
});

describe("revoking", () => {
  it("is safe to repeat, a conflict once somebody came in, and of the own team only", async () => {
    const { id: invitationId, code } = await invite(owner);
    await expect(revokeInvitation(test.as(await addTeam(test)), { invitationId })).rejects.toMatchObject({
      code: "not-found",
    });
    for (const _ of [1, 2])
      expect(await revokeInvitation(test.as(admin), { invitationId })).toMatchObject({ status: "revoked" });
    await expect(accept(nobody(), { code })).rejects.toMatchObject({ code: "not-found" });
    const used = await invite(owner);
    await accept(nobody(), { code: used.code, ...somebodyNew });
    const late = revokeInvitation(test.as(owner), { invitationId: used.id });
    await expect(late).rejects.toMatchObject({ code: "conflict" });
    const { person } = await known(owner);
    await requestPasswordReset(test.as(owner), { userId: person.userId });
    const [reset] = await test.db.reader.select().from(oneTimeCodes).where(eq(oneTimeCodes.userId, person.userId));
    const notOne = revokeInvitation(test.as(owner), { invitationId: reset?.id ?? "" });
    await expect(notOne).rejects.toMatchObject({ code: "not-found" });
  });
});

describe("the list of invitations", () => {
  it("shows the open ones of the team, others when asked", async () => {
    const mine = await addTeam(test);
    const open = await invite(mine);
    const used = await invite(mine);
    const revoked = await invite(mine);
    const joined = await accept(nobody(), { code: used.code, ...somebodyNew });
    await revokeInvitation(test.as(mine), { invitationId: revoked.id });
    expect(await statusesOf(mine)).toEqual([open.id]);
    expect(await statusesOf(mine, "used")).toEqual([used.id]);
    expect(await statusesOf(mine, "revoked")).toEqual([revoked.id]);
    expect(await statusesOf(mine, "expired")).toEqual([]);
    expect(await statusesOf(owner, "used")).not.toContain(used.id);
    await removeUser(test.as(mine), { userId: joined.userId });
    expect(await statusesOf(mine, "used")).toEqual([used.id]);
  });

  it("gives who comes with a token another one that needs the password as soon as that one", async () => {
    const { email, person } = await known(await addTeam(test));
    const { token } = await signIn(nobody(), { email, password: PASSWORD, tokenName: "laptop" });
    const confirmedAtMs = test.clock.nowMs();
    test.clock.advanceMs(10 * 60_000);
    const holder = test.as(await authenticateCredential(nobody(), token));
    const host = await addTeam(test);
    const { code } = await invite(host, { email });
    const joined = await accept(holder, { code });
    expect(await authenticateCredential(nobody(), joined.token ?? "")).toMatchObject({
      userId: person.userId,
      teamId: host.teamId,
      confirmedAtMs,
    });
  });
});
