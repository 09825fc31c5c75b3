import { expect, test } from "vitest";
import { type Attempt, retryUntil, type Timer } from "./retry.ts";

class FakeTimer implements Timer {
  elapsedMs = 0;
  readonly pauses: number[] = [];
  readonly #random: number;

  constructor(random: number) {
    this.#random = random;
  }

  nowMs(): number {
    return this.elapsedMs;
  }

  async pause(ms: number): Promise<void> {
    this.pauses.push(ms);
    this.elapsedMs += ms;
  }

  random(): number {
    return this.#random;
  }
}

const failed = (error: unknown, isRetryable = true): Attempt<never> => ({ kind: "failed", error, isRetryable });

test("a success after failures gives its value", async () => {
  const attempts: Attempt<string>[] = [failed("first"), failed("second"), { kind: "done", value: "third" }];
  const next = async () => attempts.shift() ?? failed("none left");
  await expect(retryUntil(1_000, new FakeTimer(0), next)).resolves.toBe("third");
});

test("pauses double from 4 ms to 50 ms and the last ends at the deadline, where the last error is thrown", async () => {
  const timer = new FakeTimer(0);
  let count = 0;
  await expect(retryUntil(200, timer, async () => failed(++count))).rejects.toBe(8);
  expect(timer.pauses).toEqual([4, 8, 16, 32, 50, 50, 40]);
  expect(timer.elapsedMs).toBe(200);
});

test("chance shortens a pause by at most half", async () => {
  const timer = new FakeTimer(0.999_999);
  await expect(retryUntil(13, timer, async () => failed("busy"))).rejects.toBe("busy");
  expect(timer.pauses[0]).toBeCloseTo(2, 3);
  expect(timer.pauses[1]).toBeCloseTo(4, 3);
});

test("a failure for good is thrown without a pause", async () => {
  const timer = new FakeTimer(0);
  await expect(retryUntil(1_000, timer, async () => failed("wrong", false))).rejects.toBe("wrong");
  expect(timer.pauses).toEqual([]);
});

test("the first attempt is made even when the deadline has passed", async () => {
  await expect(retryUntil(-1, new FakeTimer(0), async () => ({ kind: "done", value: 1 }))).resolves.toBe(1);
});
