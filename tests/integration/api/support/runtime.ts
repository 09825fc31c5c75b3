import { setImmediate } from "node:timers/promises";
import type { FakeClock } from "@switchboard/core/testing/fake-clock";
import { expect, it } from "vitest";

/** Whether the app under test is the bundle for edge runtimes, in a real workerd: the vitest project says so. */
export const isServedByWorkerd = process.env.API_RUNTIME === "workerd";

/** For tests that move the clock. At the edge time is the machine's, and nothing of the product lets anybody move it. */
export const itMovesTime = isServedByWorkerd ? it.skip : it;

/** For tests that put other parts or limits into the app than settings can. What is deployed at the edge has its own. */
export const itReplacesParts = isServedByWorkerd ? it.skip : it;

/** For tests of requests that no HTTP client sends: they reach the app without a socket between. */
export const itNeedsNoSocket = isServedByWorkerd ? it.skip : it;

/** More than any answer takes, and less than any two lifetimes that tests tell apart. */
const SECONDS_ON_THE_WAY = 30;

/** Matches what is left of a time that was given a moment ago: all of it, where time stands still. */
export const secondsLeftOf = (seconds: number) =>
  expect.toSatisfy((left: number) => left <= seconds && left >= seconds - (isServedByWorkerd ? SECONDS_ON_THE_WAY : 0));

/** Lets the clock of the test come to another millisecond: at once where it obeys. */
export async function nextMillisecond(clock: FakeClock): Promise<void> {
  const beforeMs = clock.nowMs();
  if (!isServedByWorkerd) clock.advanceMs(1);
  while (clock.nowMs() === beforeMs) await setImmediate();
}
