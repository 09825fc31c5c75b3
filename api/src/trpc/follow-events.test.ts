import { addTeam } from "@switchboard/core/testing/factories";
import { createTestContext, type TestContext } from "@switchboard/core/testing/test-context";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { followEvents } from "./follow-events.ts";

let test: TestContext;
beforeAll(async () => {
  test = await createTestContext();
});
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => vi.useRealTimers());
afterAll(() => test.dispose());

it("a reader who may read no more is sent away within seconds, also while nothing happens", async () => {
  const ctx = test.as(await addTeam(test));
  const refused = new Error("signed out");
  const stream = followEvents(ctx, null, new AbortController().signal, () => Promise.reject(refused));
  expect((await stream.next()).value).toMatchObject({ event: null });
  let ended: unknown = null;
  void stream.next().catch((err: unknown) => {
    ended = err;
  });
  const beganMs = performance.now();
  while (ended === null && performance.now() - beganMs < 10_000) {
    await vi.advanceTimersByTimeAsync(100);
    await new Promise(setImmediate);
  }
  expect(ended).toBe(refused);
});
