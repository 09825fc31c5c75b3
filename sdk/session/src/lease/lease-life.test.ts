import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { toApiError, UnreachableError } from "../errors.ts";
import { silentLogger } from "../options.ts";
import type { GrantedLease, LeaseCalls } from "./lease-calls.ts";
import { LeaseLife } from "./lease-life.ts";

const TTL_SECONDS = 30;
const away = () => Promise.reject(new UnreachableError("away"));
const grantedFor = (ttlSeconds: number): GrantedLease => ({
  leaseId: "lse_1",
  epoch: 3,
  expiresAtMs: 0,
  ttlSeconds,
  maxExpiresAtMs: null,
  revision: 1,
  isClean: true,
  token: "token",
});

describe("the life of a lease", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
  afterEach(() => void vi.useRealTimers());

  const begin = async (lease: GrantedLease, renew: LeaseCalls["renew"]) => {
    const onLost = vi.fn();
    const calls = { acquire: away, extend: away, renew, release: away, handOver: away, whoseNext: away, events: away };
    const deps = { calls, botId: "bot_1", ttlSeconds: TTL_SECONDS, logger: silentLogger, isStalled: () => false };
    const life = await LeaseLife.begin(
      { ...deps, onDrain: () => undefined, onLost },
      { lease, askedAtMs: performance.now() },
    );
    return { life, onLost };
  };

  it("ends within what was granted, where that is less than was asked for", async () => {
    const { life } = await begin(grantedFor(6), away);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(life.signal.aborted).toBe(true);
  });

  it("ends within what the last renewal gave", async () => {
    const renew = vi.fn(away);
    const renewed = { action: "none", ttlSeconds: 6, token: "next" } as const;
    const { life } = await begin(
      grantedFor(TTL_SECONDS),
      vi.fn<LeaseCalls["renew"]>(renew).mockResolvedValueOnce(renewed),
    );
    await vi.advanceTimersByTimeAsync(10_000 + 4_999);
    expect(life.signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(life.signal.aborted).toBe(true);
  });

  const refused = () =>
    Promise.reject(toApiError({ type: "", title: "", detail: "", status: 409, code: "lease-lost" }, null));

  it("ends with a refused renewal, but not while it is released: then only by its deadline", async () => {
    const [held, released] = [
      await begin(grantedFor(TTL_SECONDS), refused),
      await begin(grantedFor(TTL_SECONDS), refused),
    ];
    released.life.leave();
    await vi.advanceTimersByTimeAsync(24_999);
    expect([held.life.signal.aborted, released.life.signal.aborted]).toEqual([true, false]);
    await vi.advanceTimersByTimeAsync(1);
    expect(released.life.signal.aborted).toBe(true);
  });

  it("ends by the greatest life within what was granted, whatever a renewal says", async () => {
    const renew = async () => ({ action: "none", ttlSeconds: TTL_SECONDS, token: "next" }) as const;
    const { life } = await begin({ ...grantedFor(6), maxExpiresAtMs: 0 }, renew);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(life.signal.aborted).toBe(true);
  });
});
