import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addMembership, addTeam } from "../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { passwordHintsOf } from "./password-hints.ts";
import { getTeam } from "./teams/get-team.ts";

let test: TestContext;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());

describe("what others know of a person", () => {
  it("holds the names of all their teams, and of nobody else's", async () => {
    const person = await addTeam(test);
    const [second, stranger] = [await addTeam(test), await addTeam(test)];
    const there = await addMembership(test, person, second.teamId, "viewer");
    const hints = await passwordHintsOf(test.db.reader, person.userId);
    expect(hints).toContain((await getTeam(test.as(person))).name);
    expect(hints).toContain((await getTeam(test.as(there))).name);
    expect(hints).toContain(`${person.userId}@example.test`);
    expect(hints).not.toContain((await getTeam(test.as(stranger))).name);
  });
});
