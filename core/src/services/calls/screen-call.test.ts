import { afterAll, beforeAll, expect, it } from "vitest";
import { addScreeningBot, screenSeveral, uniquePhoneNumber } from "../../testing/calls.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";

let test: TestContext;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());

it("lets calls up to the limit through and blocks the one beyond it", async () => {
  const bot = await addScreeningBot(test);
  const screened = await screenSeveral(test, bot, uniquePhoneNumber(), 5);
  expect(screened.map((call) => call.reason)).toEqual([
    "default-ring",
    "default-ring",
    "default-ring",
    "limit-exceeded",
    "blocked-auto",
  ]);
});
