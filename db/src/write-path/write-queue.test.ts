import { expect, onTestFinished, test, vi } from "vitest";
import { DatabaseBusyError, NestedWriteError } from "../client/errors.ts";
import { CALL_WAIT_MS } from "../client/limits.ts";
import { systemTimer, type Timer } from "../retry.ts";
import { WriteQueue } from "./write-queue.ts";

class Clock implements Timer {
  now = 0;
  readonly nowMs = () => this.now;
  readonly pause = async () => undefined;
  readonly random = () => 0;
}

test("writes run one at a time, in the order they were asked for", async () => {
  const queue = new WriteQueue(systemTimer);
  const log: string[] = [];
  const enter = (name: string) =>
    queue.enter(async () => {
      log.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      log.push(`${name} ends`);
    });
  await Promise.all([enter("first"), enter("second")]);
  expect(log).toEqual(["first begins", "first ends", "second begins", "second ends"]);
});

test("a write that fails lets the next one in", async () => {
  const queue = new WriteQueue(systemTimer);
  await expect(queue.enter(() => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
  await expect(queue.enter(async () => "next")).resolves.toBe("next");
});

test("a write whose turn does not come within 5 s is refused unstarted, and does not hold up those behind it", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const queue = new WriteQueue(new Clock());
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const first = queue.enter(() => held);
  let hasStarted = false;
  const start = async () => {
    hasStarted = true;
  };
  const refused = queue.enter(start).catch((err: unknown) => err);
  await vi.advanceTimersByTimeAsync(CALL_WAIT_MS - 1);
  const patient = queue.enter(async () => "patient");
  await vi.advanceTimersByTimeAsync(1);
  expect(await refused).toBeInstanceOf(DatabaseBusyError);
  release();
  await first;
  expect(await patient).toBe("patient");
  expect(hasStarted).toBe(false);
});

test("a write gets the moment until which it may repeat itself, counted from when it was asked for", async () => {
  const clock = new Clock();
  clock.now = 1_000;
  expect(await new WriteQueue(clock).enter(async (deadlineMs) => deadlineMs)).toBe(1_000 + CALL_WAIT_MS);
});

test("a queue knows its own writes only: another database may be written inside", async () => {
  const [queue, other] = [new WriteQueue(systemTimer), new WriteQueue(systemTimer)];
  await queue.enter(async () => {
    await expect(queue.enter(async () => "inner")).rejects.toBeInstanceOf(NestedWriteError);
    await expect(other.enter(async () => "other")).resolves.toBe("other");
  });
});
