import { audit, userSessions } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Actor } from "../../../context.ts";
import { addMembership, addPerson, addTeam, apiKeyActor, uniqueNumber } from "../../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../../testing/test-context.ts";
import { authenticateUser } from "../authenticate-user.ts";
import { createTeam } from "./create-team.ts";
import { getTeam } from "./get-team.ts";
import { listTeams } from "./list-teams.ts";
import { renameTeam } from "./rename-team.ts";
import { switchTeam } from "./switch-team.ts";

type Person = Extract<Actor, { kind: "user" }>;

let test: TestContext;
let owner: Person;
let viewer: Person;
beforeAll(async () => {
  test = await createTestContext();
  owner = await addTeam(test);
  viewer = await addPerson(test, owner.teamId, "viewer");
});
afterAll(() => test.dispose());

const tokenActor = ({ userId, teamId, role, confirmedAtMs }: Person): Actor => {
  return { kind: "personal-access-token", tokenId: "pat_x", userId, teamId, role, confirmedAtMs };
};
const withSignIn = async (person: Person): Promise<Person & { signInId: string }> => {
  const id = `sign-in-${uniqueNumber()}`;
  const now = new Date(test.clock.nowMs());
  const row = { id, token: id, userId: person.userId, expiresAt: now, createdAt: now, updatedAt: now };
  await test.db.write(async (tx) => {
    await tx.insert(userSessions).values(row);
  });
  return { ...person, signInId: id };
};

describe("a new team", () => {
  it("is owned by who made it, beside the one they act in", async () => {
    const name = `Night shift ${uniqueNumber()}`;
    test.clock.advanceMs(1);
    const made = await createTeam(test.as(owner), { name });
    expect(made).toMatchObject({ name, slug: name.toLowerCase().replaceAll(" ", "-"), role: "owner", current: false });
    const { items } = await listTeams(test.as(owner));
    expect(items.map(({ id, current }) => [id, current])).toEqual([
      [owner.teamId, true],
      [made.id, false],
    ]);
    const [row] = await test.db.reader.select().from(audit).where(eq(audit.objectId, made.id));
    expect(row).toMatchObject({ action: "team.create", actorId: owner.userId });
  });

  it("of a name that is taken gets a slug of its own, also at once", async () => {
    const teams = await Promise.all([1, 2, 3].map(() => createTeam(test.as(owner), { name: "Twins" })));
    expect(new Set(teams.map(({ slug }) => slug)).size).toBe(3);
  });

  it("is for who owns one, whichever they act in, and gave the password lately", async () => {
    await expect(createTeam(test.as(viewer), { name: "Mine" })).rejects.toMatchObject({ code: "forbidden" });
    const elsewhere = await addMembership(test, await addTeam(test), owner.teamId, "viewer");
    expect(await createTeam(test.as(elsewhere), { name: "Mine" })).toMatchObject({ role: "owner" });
    const long = test.as({ ...owner, confirmedAtMs: 0 });
    await expect(createTeam(long, { name: "Mine" })).rejects.toMatchObject({ code: "confirmation-required" });
    const key = test.as(apiKeyActor(owner.teamId, ["bots:write"]));
    await expect(createTeam(key, { name: "Mine" })).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("the team one acts in", () => {
  it("is shown to its people and to no key", async () => {
    expect(await getTeam(test.as(viewer))).toMatchObject({ id: owner.teamId, role: "viewer", current: true });
    const key = test.as(apiKeyActor(owner.teamId, ["bots:read"]));
    for (const call of [getTeam(key), listTeams(key)]) await expect(call).rejects.toMatchObject({ code: "forbidden" });
    await expect(getTeam(test.as({ kind: "anonymous" }))).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("is renamed by admins, and keeps its slug", async () => {
    const before = await getTeam(test.as(owner));
    const renamed = await renameTeam(test.as(owner), { name: "Day shift" });
    expect(renamed).toMatchObject({ id: before.id, name: "Day shift", slug: before.slug });
    await expect(renameTeam(test.as(viewer), { name: "X" })).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("a browser sign-in", () => {
  it("acts in the team it was switched to from then on, others of the person do not", async () => {
    const there = await addTeam(test);
    await addMembership(test, owner, there.teamId, "viewer");
    const [switched, other] = [await withSignIn(owner), await withSignIn(owner)];
    const answer = await switchTeam(test.as(switched), { teamId: there.teamId });
    expect(answer).toMatchObject({ id: there.teamId, role: "viewer", current: true });
    expect(await authenticateUser(test.as(owner), switched)).toMatchObject({ teamId: there.teamId, role: "viewer" });
    expect(await authenticateUser(test.as(owner), other)).toMatchObject({ teamId: owner.teamId, role: "owner" });
  });

  it("is switched to no team its person is not in; a personal access token to none at all", async () => {
    const stranger = await addTeam(test);
    const signedIn = await withSignIn(viewer);
    for (const teamId of [stranger.teamId, "team_x", ""])
      await expect(switchTeam(test.as(signedIn), { teamId })).rejects.toMatchObject({ code: "not-found" });
    const token = test.as(tokenActor(viewer));
    await expect(switchTeam(token, { teamId: owner.teamId })).rejects.toMatchObject({
      code: "forbidden",
      message: expect.stringContaining("belongs to one team"),
    });
  });
});
