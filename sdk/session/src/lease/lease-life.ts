import { randomUUID } from "node:crypto";
import { askedBotId } from "@switchboard/core/services/branded-ids";
import { LeaseKeeper, type RenewedFor } from "@switchboard/worker/lease-keeper";
import { ApiError, BotFrozenError, LeaseLostError, StaleEpochError } from "../errors.ts";
import { retrying } from "../http/retry.ts";
import type { SwitchboardLogger } from "../options.ts";
import type { Acquired } from "./acquire-lease.ts";
import type { LeaseCalls } from "./lease-calls.ts";
import { type LeaseEvent, watchEvents } from "./watch-events.ts";

/** A granting answer older than this part of the lease is renewed before it is counted on. */
const FRESH_PART = 6;

/** As the keeper's: the socket is closed this part of the lease before the service lets anybody else in. */
const MARGIN_PART = 6;
/** A longer life is asked for this long before the last renewal, so that there is time to give the bot back without it. */
const EXTEND_MS_MIN = 20_000;
/** The longest that Node's timers take, about 25 days. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** What the life of a lease needs. */
export interface LeaseLifeDeps {
  readonly calls: LeaseCalls;
  readonly botId: string;
  readonly ttlSeconds: number;
  readonly logger: SwitchboardLogger;
  /** Whether the bot is held and yet not connected, for a while now. */
  readonly isStalled: () => boolean;
  /** The bot has to be given back. May be called again. */
  readonly onDrain: (reason: "asked" | "lease-life") => void;
  /** Called once, in the tick in which the lease was lost; `signal` is aborted with the same error. */
  readonly onLost: (error: Error) => void;
}

/**
 * Keeps one lease: renews it on its own timer, follows its events, and gives it up by the process's own clock before the
 * service could grant it to somebody else.
 */
export class LeaseLife {
  readonly leaseId: string;
  readonly epoch: number;
  readonly #deps: LeaseLifeDeps;
  readonly #keeper: LeaseKeeper;
  readonly #over = new AbortController();
  #token: string;
  #lossCause: Error | null = null;
  #isLeaving = false;
  #ageTimers: readonly NodeJS.Timeout[] = [];

  private constructor(deps: LeaseLifeDeps, { lease, askedAtMs }: Acquired) {
    const { leaseId, epoch, token } = lease;
    this.#deps = deps;
    this.leaseId = leaseId;
    this.epoch = epoch;
    this.#token = token;
    const { botId, ttlSeconds, logger } = deps;
    this.#keeper = new LeaseKeeper(
      {
        lease: { botId: askedBotId(botId), leaseId, epoch },
        ttlMs: ttlSeconds * 1000,
        grantedMs: lease.ttlSeconds * 1000,
        renew: () => this.#renew(),
        onLost: () => this.#endWith(this.#lossCause ?? notRenewedInTime()),
        onDrain: () => deps.onDrain("asked"),
        logger,
      },
      askedAtMs,
    );
  }

  /** Begins to keep a lease that was just granted. @throws what a renewal throws, when the grant took long */
  static async begin(deps: LeaseLifeDeps, acquired: Acquired): Promise<LeaseLife> {
    const life = new LeaseLife(deps, await freshen(deps, acquired));
    life.#watchAge(acquired);
    void watchEvents(
      (signal) => deps.calls.events(life.token, signal),
      (event) => life.#heed(event),
      life.signal,
    );
    return life;
  }

  /** The newest token. */
  get token(): string {
    return this.#token;
  }

  /** Aborted when the lease is over for this process, with the reason. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** false once the lease is over; asking after the deadline ends it in this very tick. */
  isAlive = (): boolean => this.#keeper.isAlive();

  /** Ends the lease here: somebody learned that it is gone, or that nothing may be sent under it any more. */
  lose(error: Error): void {
    this.#lossCause ??= error;
    this.#keeper.lose(error.message);
  }

  /**
   * The lease is being released: from here on a refused renewal is no loss, because the release may have been done and its
   * answer lost. The local deadline holds.
   */
  leave(): void {
    this.#isLeaving = true;
  }

  /** No more renewals: the lease was given back. */
  stop(reason: Error): void {
    this.#keeper.stop();
    this.#finish(reason);
  }

  async #renew(): Promise<RenewedFor | "lost"> {
    try {
      const { action, token, ttlSeconds } = await this.#deps.calls.renew(
        this.#token,
        this.#deps.ttlSeconds,
        this.#deps.isStalled(),
      );
      this.#token = token;
      return { result: action === "drain" ? "drain" : "renewed", grantedMs: ttlSeconds * 1000 };
    } catch (error) {
      if (!isFinal(error) || this.#isLeaving) throw error;
      this.#lossCause = toLoss(error);
      return "lost";
    }
  }

  #heed(event: LeaseEvent): void {
    if (event === "drain") this.#deps.onDrain("asked");
    if (event === "revoked") this.lose(new LeaseLostError("revoked", "The lease was revoked."));
  }

  /**
   * The service renews nothing past a lease's greatest life, so that gets a new one in time; without it the lease ends here
   * as it does for a renewal that did not come. Both instants are the service's clock; only their difference is used.
   */
  #watchAge({ lease, askedAtMs }: Acquired): void {
    const { maxExpiresAtMs } = lease;
    if (maxExpiresAtMs === null) return;
    const ttlMs = Math.min(this.#deps.ttlSeconds, lease.ttlSeconds) * 1000;
    const lastRenewalAtMs = askedAtMs + maxExpiresAtMs - lease.expiresAtMs;
    const extendAtMs = lastRenewalAtMs - Math.max(ttlMs, EXTEND_MS_MIN);
    this.#clearAge();
    this.#ageTimers = [
      later(extendAtMs, () => void this.#extend(maxExpiresAtMs)),
      later(lastRenewalAtMs + ttlMs - ttlMs / MARGIN_PART, () => this.lose(notRenewedInTime())),
    ];
  }

  #clearAge(): void {
    for (const timer of this.#ageTimers) clearTimeout(timer);
  }

  /** Where there is no longer life to be had, the API key ends soon: the bot is given back while that is clean. */
  async #extend(maxExpiresAtMs: number): Promise<void> {
    const { calls, ttlSeconds, onDrain } = this.#deps;
    const { leaseId, epoch, signal } = this;
    const request = { leaseId, epoch, ttlSeconds, idempotencyKey: randomUUID() };
    const askedAtMs = performance.now();
    try {
      const lease = await retrying(() => calls.extend(request, signal), { signal });
      if ((lease.maxExpiresAtMs ?? 0) < maxExpiresAtMs + ttlSeconds * 1000) return onDrain("lease-life");
      this.#token = lease.token;
      this.#watchAge({ lease, askedAtMs });
    } catch {
      if (!signal.aborted) onDrain("lease-life");
    }
  }

  #endWith(error: Error): void {
    this.#finish(error);
    this.#deps.onLost(error);
  }

  #finish(reason: Error): void {
    this.#clearAge();
    this.#over.abort(reason);
  }
}

/** An answer that hung long says little about the time that is left: one renewal says more. */
async function freshen({ calls, ttlSeconds }: LeaseLifeDeps, acquired: Acquired): Promise<Acquired> {
  if (performance.now() - acquired.askedAtMs < (ttlSeconds * 1000) / FRESH_PART) return acquired;
  const askedAtMs = performance.now();
  const renewal = await calls.renew(acquired.lease.token, ttlSeconds, false);
  return { askedAtMs, lease: { ...acquired.lease, token: renewal.token, ttlSeconds: renewal.ttlSeconds } };
}

/** What no later try can change. */
function isFinal(error: unknown): error is ApiError {
  if (!(error instanceof ApiError)) return false;
  if (error instanceof StaleEpochError || error instanceof BotFrozenError) return true;
  return error.code === "lease-lost" || [401, 403, 404].includes(error.status);
}

const toLoss = (error: ApiError): Error =>
  error instanceof StaleEpochError || error instanceof BotFrozenError
    ? error
    : new LeaseLostError("refused", `The lease is over: ${error.message}`, { cause: error });

/** At a monotonic time. */
const later = (atMs: number, work: () => void): NodeJS.Timeout =>
  setTimeout(work, Math.min(Math.max(0, atMs - performance.now()), TIMER_MS_MAX));

const notRenewedInTime = () =>
  new LeaseLostError("not-renewed-in-time", "The lease could not be renewed before the local deadline.");
