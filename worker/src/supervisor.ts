import {
  acquireForWorker,
  releaseForWorker,
  renewForWorker,
  type WorkerLease,
} from "@switchboard/core/services/custody/worker-leases";
import { listWantedBots, type WantedBot } from "@switchboard/core/services/fleet/list-wanted-bots";
import { BotConnection, type BotHandlers } from "./bot-connection.ts";
import { isWanted } from "./decide-next.ts";
import type { WorkerDeps } from "./deps.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import { leaseStanding } from "./lease-standing.ts";

/** Connections that log in at the same time: more would only make each slower on a small machine. */
const OPENING_MAX = 8;

interface Held {
  readonly connection: BotConnection;
  readonly keeper: LeaseKeeper;
  readonly end: Promise<void>;
}

/** Decides which bots this process holds: reads the wishes, claims what is free, hands each bot its newest wish. */
export class Supervisor {
  readonly #deps: WorkerDeps;
  readonly #makeHandlers: (bot: BotConnection) => BotHandlers;
  readonly #isCurrent: () => Promise<boolean>;
  readonly #held = new Map<WantedBot["botId"], Held>();
  /** Bots let go since the wishes were last read: what was read of them is older than what their loop wrote. */
  readonly #letGo = new Set<string>();
  #timer: NodeJS.Timeout | null = null;
  #ticking: Promise<void> = Promise.resolve();
  #isStopping = false;
  /** A lease was lost: perhaps to another process of this worker id, from which nothing may be taken back. */
  #hasLostLease = false;
  #lastTickOk = false;

  /** `isCurrent`: false once another process has taken this worker's id. */
  constructor(deps: WorkerDeps, makeHandlers: (bot: BotConnection) => BotHandlers, isCurrent: () => Promise<boolean>) {
    this.#deps = deps;
    this.#isCurrent = isCurrent;
    this.#makeHandlers = makeHandlers;
  }

  get botCount(): number {
    return this.#held.size;
  }

  /** true while the wishes could be read at the last try. */
  get isHealthy(): boolean {
    return this.#lastTickOk;
  }

  start(): void {
    this.#ticking = this.#tick().finally(() => {
      if (!this.#isStopping) this.#timer = setTimeout(() => this.start(), this.#deps.timings.tickMs);
    });
  }

  /** Claims nothing more, gives every bot back, and resolves when all have ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#ticking;
    for (const { connection } of this.#held.values()) connection.shutDown();
    await Promise.all(Array.from(this.#held.values(), (held) => held.end));
  }

  debugState() {
    return Array.from(this.#held.values(), ({ connection }) => connection.debugState());
  }

  async #tick(): Promise<void> {
    // After a stop of the process this may be the first that runs: leases that are over end before anything is asked.
    for (const { keeper } of this.#held.values()) keeper.isAlive();
    try {
      this.#letGo.clear();
      await this.#deps.places.replayLeftovers();
      const wishes = await listWantedBots(this.#deps.ctx, this.#deps.workerId);
      this.#lastTickOk = true;
      this.#tellHeld(wishes);
      await this.#claim(wishes);
    } catch (err) {
      this.#lastTickOk = false;
      this.#deps.logger.warn({ err }, "the wishes could not be read");
    }
    this.#deps.metrics.botsHeld.set(this.#held.size);
    this.#deps.metrics.botsOnline.set(this.#openCount());
  }

  #tellHeld(wishes: readonly WantedBot[]): void {
    const byId = new Map(wishes.map((wish) => [wish.botId, wish]));
    for (const [botId, { connection, keeper }] of this.#held) {
      const wish = byId.get(botId) ?? null;
      const standing = leaseStanding(connection.lease, wish?.custody ?? null);
      if (standing === "draining") connection.drain();
      if (standing === "lost" && !connection.isReleasing) keeper.lose("the database names another holder, or none");
      else connection.update(wish);
    }
  }

  async #claim(wishes: readonly WantedBot[]): Promise<void> {
    if (this.#hasLostLease && !(await this.#isCurrent())) return;
    this.#hasLostLease = false;
    for (const wish of wishes) {
      if (this.#isStopping || this.#openingCount() >= OPENING_MAX) return;
      if (this.#held.has(wish.botId) || this.#letGo.has(wish.botId) || !isWanted(wish) || !wish.isFree) continue;
      const askedAtMs = performance.now();
      const lease = await acquireForWorker(this.#deps.ctx, { botId: wish.botId, workerId: this.#deps.workerId });
      if (lease) this.#hold(lease, wish, askedAtMs);
    }
  }

  #hold(lease: WorkerLease, wish: WantedBot, askedAtMs: number): void {
    const { leaseTtlMs: ttlMs, logger, ctx, metrics } = this.#deps;
    const onLost = () => {
      metrics.leasesLost.inc();
      connection.loseLease();
    };
    const renew = () => renewForWorker(ctx, lease);
    const onDrain = () => connection.drain();
    const keeper = new LeaseKeeper({ lease, ttlMs, renew, onLost, onDrain, logger }, askedAtMs);
    const isAlive = () => keeper.isAlive();
    const connection = new BotConnection(this.#deps, { lease, wish, isAlive }, this.#makeHandlers);
    const end = connection.run().then(
      (how) => this.#forget(lease, keeper, how === "left"),
      (err: unknown) => this.#onLoopFailed(lease, keeper, err),
    );
    this.#held.set(lease.botId, { connection, keeper, end });
    logger.info({ botId: lease.botId, epoch: lease.epoch, wasClean: lease.wasClean }, "bot claimed");
  }

  #forget(lease: WorkerLease, keeper: LeaseKeeper, wasLeft: boolean): void {
    keeper.stop();
    if (!wasLeft) {
      this.#hasLostLease = true;
      this.#deps.places.abandon(lease);
    }
    this.#held.delete(lease.botId);
    this.#letGo.add(lease.botId);
    this.#deps.logger.info({ botId: lease.botId, epoch: lease.epoch, wasLeft }, "bot let go");
  }

  async #onLoopFailed(lease: WorkerLease, keeper: LeaseKeeper, err: unknown): Promise<void> {
    this.#deps.logger.error({ botId: lease.botId, err }, "the bot's loop failed");
    // What an outage left on the disk could not be brought to the database any more once the lease is given back.
    const isSettled = await this.#deps.places.settle(lease).then(
      () => true,
      () => false,
    );
    this.#forget(lease, keeper, false);
    if (isSettled) await releaseForWorker(this.#deps.ctx, lease, false).catch(() => undefined);
  }

  #openCount = (): number => this.#count((connection) => connection.live?.isOpen === true);

  #openingCount = (): number =>
    this.#count((connection) => connection.live?.isOpen === false && connection.live.attemptId === null);

  #count(matches: (connection: BotConnection) => boolean): number {
    let count = 0;
    for (const { connection } of this.#held.values()) if (matches(connection)) count += 1;
    return count;
  }
}
