import { describe, expect, it, vi } from "vitest";
import { type ApiError, SealError, toApiError, UnreachableError } from "../errors.ts";
import { retrying } from "./retry.ts";

const refusal = (status: number, code: string, retryAfterSeconds: number | null = 0): ApiError =>
  toApiError({ type: "", title: "", detail: "", status, code }, retryAfterSeconds);
const open = () => new AbortController();

describe("a request that is repeated", () => {
  it.each([
    ["no answer of the service", new UnreachableError("away")],
    ["an error of the server", refusal(503, "store-busy")],
    ["too many requests", refusal(429, "rate-limited")],
    ["the first one that still runs", refusal(409, "in-progress")],
  ])("goes on after %s", async (_, error) => {
    const work = vi.fn<() => Promise<string>>().mockRejectedValueOnce(error).mockResolvedValueOnce("done");
    expect(await retrying(work, { signal: open().signal })).toBe("done");
    expect(work).toHaveBeenCalledTimes(2);
  });

  it.each([
    ["a stale epoch", refusal(409, "stale-epoch")],
    ["another revision", refusal(412, "precondition-failed")],
    ["a seal that is broken", new SealError("broken")],
    ["a defect", new TypeError("defect")],
  ])("is given up at once after %s", async (_, error) => {
    const work = vi.fn<() => Promise<string>>().mockRejectedValue(error);
    await expect(retrying(work, { signal: open().signal })).rejects.toBe(error);
    expect(work).toHaveBeenCalledOnce();
  });

  it("waits as long as the service says, else longer each time", async () => {
    const delays: number[] = [];
    const work = vi
      .fn<() => Promise<string>>()
      .mockRejectedValueOnce(refusal(503, "store-busy", 0.02))
      .mockRejectedValueOnce(new UnreachableError("away"))
      .mockResolvedValueOnce("done");
    await retrying(work, { signal: open().signal, onRetry: (_error, delayMs) => void delays.push(delayMs) });
    expect(delays[0]).toBe(20);
    expect(delays[1]).toBeGreaterThanOrEqual(200);
  });

  it("ends with the signal's reason, also while it waits", async () => {
    const over = open();
    const reason = new Error("the lease is over");
    const work = vi.fn<() => Promise<string>>().mockRejectedValue(refusal(503, "store-busy", 3_600));
    await expect(retrying(work, { signal: over.signal, onRetry: () => over.abort(reason) })).rejects.toBe(reason);
    expect(work).toHaveBeenCalledOnce();
  });
});
