import { userSessions } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { SIGN_IN_IDLE_SECONDS, SIGN_IN_SECONDS_MAX } from "../../domain/sign-in-life.ts";
import { addBrowserSignIn, addTeam } from "../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { refreshPerson } from "./refresh-person.ts";

let test: TestContext;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());

async function signedIn() {
  const browser = await addBrowserSignIn(test, await addTeam(test));
  const refreshed = () => refreshPerson(test.as(browser), browser);
  const use = () =>
    test.db.write(async (tx) => {
      const updatedAt = new Date(test.clock.nowMs());
      await tx.update(userSessions).set({ updatedAt }).where(eq(userSessions.id, browser.signInId));
    });
  return { browser, refreshed, use };
}

it("work of a browser sign-in ends with it when it is not used", async () => {
  const { browser, refreshed } = await signedIn();
  test.clock.advanceMs(SIGN_IN_IDLE_SECONDS * 1000 - 1);
  expect(await refreshed()).toMatchObject({ userId: browser.userId, signInId: browser.signInId });
  test.clock.advanceMs(1);
  await expect(refreshed()).rejects.toMatchObject({ code: "unauthenticated" });
});

it("work of a browser sign-in ends after twelve hours, however much it is used", async () => {
  const { refreshed, use } = await signedIn();
  test.clock.advanceMs(SIGN_IN_SECONDS_MAX * 1000 - 1);
  await use();
  await refreshed();
  test.clock.advanceMs(1);
  await expect(refreshed()).rejects.toMatchObject({ code: "unauthenticated" });
});
