import type { RenewalResult } from "@switchboard/core/services/custody/worker-leases";
import type { LeaseName } from "@switchboard/db/queries/custody";

/** Renewals within one lease: two may fail before the lease runs out. */
const RENEWALS_PER_LEASE = 3;
/** The socket is closed this part of the lease before the database lets anybody else in. */
const MARGIN_PART = 6;

/** A renewal that says how long the lease lives from its answer on, which may be less than was asked for. */
export interface RenewedFor {
  readonly result: RenewalResult;
  readonly grantedMs: number;
}

/** What a keeper needs; `renew` rejects when the database could not be asked, which is not the same as `lost`. */
export interface LeaseKeeperOptions {
  readonly lease: LeaseName;
  /** The life that is asked for: no deadline is later. */
  readonly ttlMs: number;
  /** The life that the grant gave; `ttlMs` without it. */
  readonly grantedMs?: number;
  readonly renew: (lease: LeaseName) => Promise<RenewalResult | RenewedFor>;
  /** Called once: the lease is gone, or this process could not prove in time that it is not. */
  readonly onLost: () => void;
  /** Called when the holder is asked to give the bot back. */
  readonly onDrain: () => void;
  readonly logger: Readonly<Record<"warn" | "error", (fields: object, message: string) => void>>;
}

/**
 * Renews one lease on its own timer. Time is measured on the process's monotonic clock from before each request, so a
 * slow answer or a stepped wall clock never makes the lease look longer than the database granted it.
 */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  #lifeMs: number;
  #deadlineAtMs: number;
  #timer: NodeJS.Timeout | null = null;
  #isOver = false;

  /** `grantedAtMs`: monotonic time from before the request that granted the lease. */
  constructor(options: LeaseKeeperOptions, grantedAtMs: number) {
    this.#options = options;
    this.#lifeMs = this.#lifeOf(options.grantedMs);
    this.#deadlineAtMs = this.#deadlineAfter(grantedAtMs);
    this.#schedule(this.#lifeMs / RENEWALS_PER_LEASE);
  }

  /** No more renewals; the lease itself is released by whoever stops. */
  stop(): void {
    this.#isOver = true;
    if (this.#timer) clearTimeout(this.#timer);
  }

  /**
   * false once the lease is over. Whoever asks after the deadline loses it in this very tick: a process that was stopped
   * and goes on may ask before any of its timers runs.
   */
  isAlive(): boolean {
    if (!this.#isOver && performance.now() >= this.#deadlineAtMs) this.lose("not renewed in time");
    return !this.#isOver;
  }

  /** Ends the lease here: somebody learned that it is gone. Only the first call counts. */
  lose(why: string): void {
    if (this.#isOver) return;
    this.stop();
    this.#options.logger.error(
      { botId: this.#options.lease.botId, epoch: this.#options.lease.epoch, why },
      "lease lost",
    );
    this.#options.onLost();
  }

  #schedule(delayMs: number): void {
    const untilDeadlineMs = this.#deadlineAtMs - performance.now();
    this.#timer = setTimeout(() => void this.#renew(), Math.max(0, Math.min(delayMs, untilDeadlineMs)));
  }

  async #renew(): Promise<void> {
    const { lease, renew, onDrain, logger } = this.#options;
    const askedAtMs = performance.now();
    if (askedAtMs >= this.#deadlineAtMs) return this.lose("not renewed in time");
    const deadline = setTimeout(() => this.lose("not renewed in time"), this.#deadlineAtMs - askedAtMs);
    try {
      const answer = await renew(lease);
      if (this.#isOver) return;
      const { result, grantedMs } = typeof answer === "string" ? { result: answer } : answer;
      if (result === "lost") return this.lose("held by somebody else");
      if (result === "drain") onDrain();
      this.#lifeMs = this.#lifeOf(grantedMs);
      this.#deadlineAtMs = this.#deadlineAfter(askedAtMs);
      this.#schedule(this.#lifeMs / RENEWALS_PER_LEASE);
    } catch (err) {
      if (this.#isOver) return;
      logger.warn({ botId: lease.botId, err }, "the lease could not be renewed yet");
      this.#schedule(this.#lifeMs / (RENEWALS_PER_LEASE * 4));
    } finally {
      clearTimeout(deadline);
    }
  }

  #deadlineAfter(atMs: number): number {
    return atMs + this.#lifeMs - this.#lifeMs / MARGIN_PART;
  }

  #lifeOf(grantedMs: number | undefined): number {
    const { ttlMs } = this.#options;
    return Math.min(ttlMs, grantedMs ?? ttlMs);
  }
}
