import { namedBotId } from "@switchboard/core/testing/named-ids";
import { createLogger } from "@switchboard/host/logger";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LeaseKeeper, type LeaseKeeperOptions } from "./lease-keeper.ts";

const TTL_MS = 120_000;
const lease = { botId: namedBotId("bot_1"), leaseId: "lse_1", epoch: 7 };

function keep(renew: LeaseKeeperOptions["renew"], granted: { readonly grantedMs?: number } = {}) {
  const onLost = vi.fn();
  const onDrain = vi.fn();
  const logger = createLogger("test", "silent");
  const keeper = new LeaseKeeper(
    { lease, ttlMs: TTL_MS, ...granted, renew, onLost, onDrain, logger },
    performance.now(),
  );
  return { keeper, onLost, onDrain };
}

describe("the lease keeper", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
  afterEach(() => void vi.useRealTimers());

  it("keeps a lease as long as renewals succeed", async () => {
    const { keeper, onLost } = keep(() => Promise.resolve("renewed"));
    await vi.advanceTimersByTimeAsync(TTL_MS * 10);
    expect(onLost).not.toHaveBeenCalled();
    keeper.stop();
  });

  it("loses the lease at once when somebody else holds it", async () => {
    const { onLost } = keep(() => Promise.resolve("lost"));
    await vi.advanceTimersByTimeAsync(TTL_MS / 3);
    expect(onLost).toHaveBeenCalledOnce();
  });

  it("keeps the socket while the database cannot be asked, but only until its own deadline", async () => {
    const { onLost } = keep(() => Promise.reject(new Error("away")));
    await vi.advanceTimersByTimeAsync((TTL_MS * 5) / 6 - 1);
    expect(onLost).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(onLost).toHaveBeenCalledOnce();
  });

  it("gives up before the lease runs out although a renewal never answers", async () => {
    const { onLost } = keep(() => new Promise(() => undefined));
    await vi.advanceTimersByTimeAsync((TTL_MS * 5) / 6);
    expect(onLost).toHaveBeenCalledOnce();
  });

  it("recovers when the database is back before the deadline", async () => {
    let isAway = true;
    const { keeper, onLost } = keep(() => (isAway ? Promise.reject(new Error("away")) : Promise.resolve("renewed")));
    await vi.advanceTimersByTimeAsync(TTL_MS / 2);
    isAway = false;
    await vi.advanceTimersByTimeAsync(TTL_MS * 3);
    expect(onLost).not.toHaveBeenCalled();
    keeper.stop();
  });

  it("ends a lease that was granted for less than asked within what it was granted", async () => {
    const { onLost } = keep(() => new Promise(() => undefined), { grantedMs: TTL_MS / 4 });
    await vi.advanceTimersByTimeAsync((TTL_MS / 4) * (5 / 6));
    expect(onLost).toHaveBeenCalledOnce();
  });

  it("ends a lease that was renewed for less than asked within what the renewal gave", async () => {
    const renew = vi.fn<LeaseKeeperOptions["renew"]>(() => new Promise(() => undefined));
    renew.mockResolvedValueOnce({ result: "renewed", grantedMs: TTL_MS / 4 });
    const { onLost } = keep(renew);
    await vi.advanceTimersByTimeAsync(TTL_MS / 3 + (TTL_MS / 4) * (5 / 6) - 1);
    expect(onLost).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(onLost).toHaveBeenCalledOnce();
  });

  it("never takes a lease for longer than was asked", async () => {
    const { onLost } = keep(() => new Promise(() => undefined), { grantedMs: TTL_MS * 4 });
    await vi.advanceTimersByTimeAsync((TTL_MS * 5) / 6);
    expect(onLost).toHaveBeenCalledOnce();
  });

  it("passes on that the bot should be given back", async () => {
    const { keeper, onDrain } = keep(() => Promise.resolve("drain"));
    await vi.advanceTimersByTimeAsync(TTL_MS / 3);
    expect(onDrain).toHaveBeenCalled();
    keeper.stop();
  });

  it("loses the lease in the tick of the question when its deadline passed while no timer ran", () => {
    const { keeper, onLost } = keep(() => Promise.resolve("renewed"));
    expect(keeper.isAlive()).toBe(true);
    vi.spyOn(performance, "now").mockReturnValue(performance.now() + (TTL_MS * 5) / 6);
    expect(keeper.isAlive()).toBe(false);
    expect(onLost).toHaveBeenCalledOnce();
    vi.restoreAllMocks();
  });

  it("loses the lease once, whoever says so", async () => {
    const { keeper, onLost } = keep(() => Promise.resolve("lost"));
    keeper.lose("the row names another");
    keeper.lose("the row names another");
    await vi.advanceTimersByTimeAsync(TTL_MS);
    expect(onLost).toHaveBeenCalledOnce();
    expect(keeper.isAlive()).toBe(false);
  });

  it("does nothing after it was stopped", async () => {
    const { keeper, onLost } = keep(() => Promise.resolve("lost"));
    keeper.stop();
    await vi.advanceTimersByTimeAsync(TTL_MS * 2);
    expect(onLost).not.toHaveBeenCalled();
  });
});
