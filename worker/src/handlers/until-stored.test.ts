import { expect, test } from "vitest";
import { untilStored, wasNotApplied } from "./until-stored.ts";

const busy = Object.assign(new Error("busy"), { code: "database_busy" });
const unanswered = Object.assign(new Error("no answer"), { code: "database_unavailable", outcome: "unknown" });
const refusal = Object.assign(new Error("stale"), { code: "stale-epoch" });

/** A write that fails with these errors, one a try, and then answers how often it was tried. */
function failing(...errors: Error[]) {
  let tries = 0;
  return async () => {
    tries += 1;
    const err = errors[tries - 1];
    if (err) throw err;
    return tries;
  };
}

const alive = { isAlive: () => true, retryMs: 0 };

test("what happened is written when the database has been busy and away", async () => {
  expect(await untilStored(alive, failing(busy, unanswered, busy))).toBe(4);
});

test("what the database refuses is not written again", async () => {
  const write = failing(refusal);
  await expect(untilStored(alive, write)).rejects.toBe(refusal);
  expect(await write()).toBe(2);
});

test("a write that must happen once is repeated only where it is certain that it did not happen", async () => {
  expect(await untilStored(alive, failing(busy), wasNotApplied)).toBe(2);
  await expect(untilStored(alive, failing(unanswered), wasNotApplied)).rejects.toBe(unanswered);
});

test("nothing is written any more once the lease is over", async () => {
  const left = [true, false];
  const write = failing(busy, busy, busy);
  await expect(untilStored({ isAlive: () => left.shift() ?? false, retryMs: 0 }, write)).rejects.toBe(busy);
  await expect(write()).rejects.toBe(busy);
});
