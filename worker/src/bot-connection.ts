import { ServiceError } from "@switchboard/core/errors";
import type { WorkerLease } from "@switchboard/core/services/custody/worker-leases";
import type { WantedBot } from "@switchboard/core/services/fleet/list-wanted-bots";
import { BackOff } from "./back-off.ts";
import { BotReporter } from "./bot-reporter.ts";
import { type BotSituation, decideNext, type NextStep } from "./decide-next.ts";
import type { WorkerDeps } from "./deps.ts";
import type { LiveConnection } from "./live-connection.ts";
import { openStep } from "./open-step.ts";
import type { PairingReporter } from "./pairing-reporter.ts";
import { closeStep, finishCommands, leaveStep, logOutStep, removeStep, settleStep } from "./steps.ts";
import { type WakeReason, WakeUp } from "./wake-up.ts";
import type { BotAccount, SocketEvents } from "./whatsapp/events.ts";
import { within } from "./within.ts";

/** How a bot's loop ended: `left` gave the lease back, `lost` no longer had it. */
export type LoopEnd = "left" | "lost";

/** What handles calls and messages of a bot; made by the composition so that this file stays about connections. */
export type BotHandlers = Pick<
  SocketEvents,
  "onCall" | "onMessage" | "onHistory" | "onIdentity" | "onReceipt" | "onTimeLock"
> & {
  /** The connection is open: work left from before can go on. */
  onOpen(): void;
  /** A request to act on a call came from the api. */
  onCommands(commands: WantedBot["commands"]): void;
  /** Begins nothing more towards anybody: no text, no request of the api. What is under way goes on. */
  freeze(): void;
  /** Resolves when nothing is being done any more. */
  settled(): Promise<void>;
};

/**
 * One bot held by this worker: a single loop that compares what is wished with what is, and takes one step at a time.
 * Events only set state and ring the bell.
 */
export class BotConnection {
  readonly lease: WorkerLease;
  readonly reporter: BotReporter;
  readonly deps: WorkerDeps;
  wish: WantedBot | null;
  live: LiveConnection | null = null;
  pairing: PairingReporter | null = null;
  /** Set when only a person can help. It stays: the bot is left, and claimed again when somebody wishes it anew. */
  hasGivenUp = false;
  /** false: what is stored may be older than what was sent, so the session must be recovered before it is used. */
  isClean: boolean;
  /** The account, once a connection of this loop was open. */
  account: BotAccount | null = null;
  /** The lease is about to be given back: that it is free then does not mean that it was lost. */
  isReleasing = false;
  /** Between tries of an unlinking that WhatsApp does not answer. */
  readonly unlinking: BackOff;
  /** false once the lease is over; asked before anything is written, sent or heard. */
  readonly isAlive: () => boolean;
  readonly handlers: BotHandlers;
  readonly #bell = new WakeUp();
  readonly #connecting: BackOff;
  #isLeaseLost = false;
  #isShuttingDown = false;
  #isDraining = false;
  #lastWake: WakeReason = "started";
  readonly #heededStarts = new Set<string>();

  /** `isAlive` may call `loseLease`. */
  constructor(
    deps: WorkerDeps,
    held: { readonly lease: WorkerLease; readonly wish: WantedBot; readonly isAlive: () => boolean },
    handlers: (bot: BotConnection) => BotHandlers,
  ) {
    this.deps = deps;
    this.lease = held.lease;
    this.isClean = held.lease.wasClean;
    this.wish = held.wish;
    this.reporter = new BotReporter(deps, held.lease);
    this.unlinking = new BackOff(deps.timings.backOff, deps.random);
    this.isAlive = held.isAlive;
    this.#connecting = new BackOff(deps.timings.backOff, deps.random);
    this.handlers = handlers(this);
  }

  /** true once the lease is gone: whatever still arrives is somebody else's. */
  get isLost(): boolean {
    return this.#isLeaseLost;
  }

  /** Runs until the bot is left or lost. Never rejects. */
  async run(): Promise<LoopEnd> {
    for (;;) {
      const step = decideNext(this.#situation());
      try {
        const end = await this.#take(step);
        if (end !== null) return end;
      } catch (err) {
        await this.#onStepFailed(step, err);
      }
    }
  }

  /** Wakes the loop. */
  ring(reason: WakeReason): void {
    this.#bell.ring(reason);
  }

  /** The newest wish; null when the database has none for this worker. */
  update(wish: WantedBot | null): void {
    const isChanged = JSON.stringify(wish) !== JSON.stringify(this.wish);
    this.wish = wish;
    for (const command of wish?.commands ?? []) this.#heedStart(command);
    if (wish) this.handlers.onCommands(wish.commands);
    if (isChanged || !this.reporter.isSettled) this.#bell.ring("wish-changed");
  }

  /** The lease is gone: the socket is closed in this very tick, before anything else. */
  loseLease(): void {
    this.#isLeaseLost = true;
    this.live?.abandon();
    this.deps.places.abandon(this.lease);
    this.#bell.ring("lease-lost");
  }

  /** Somebody else is to have the bot: it is closed, stored and given back. Safe to repeat. */
  drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#bell.ring("drain");
  }

  shutDown(): void {
    this.#isShuttingDown = true;
    this.#bell.ring("shutdown");
  }

  /** For /ready and the log of a slow shutdown. */
  debugState() {
    const { botId, epoch } = this.lease;
    const live = this.live && {
      isOpen: this.live.isOpen,
      attemptId: this.live.attemptId,
      closedBy: this.live.closedBy?.reason,
    };
    return {
      botId,
      epoch,
      live,
      failures: this.#connecting.failures,
      lastWake: this.#lastWake,
      hasGivenUp: this.hasGivenUp,
    };
  }

  /** The connection is open. */
  noteOpen(account: BotAccount): void {
    this.account = account;
    this.#connecting.succeed();
    this.ring("socket-opened");
  }

  /** Waits longer after each failure in a row. */
  backOff(): void {
    const wasStable = this.live !== null && performance.now() - this.live.openedAtMs > this.deps.timings.stableMs;
    this.#connecting.fail(wasStable);
  }

  /** Ends the connection, if there is one, and remembers whether everything of it was stored. */
  async closeLive(): Promise<void> {
    if ((await this.live?.close()) === false) this.isClean = false;
    this.live = null;
  }

  /** Nothing is being done for the bot's calls any more, or it took too long. */
  async handlersSettled(): Promise<void> {
    await within(this.deps.timings.settleLimitMs, this.handlers.settled()).catch(() => undefined);
  }

  /** A start or restart asked for by a person ends the back-off, once. */
  #heedStart(command: WantedBot["commands"][number]): void {
    if (!["start", "restart"].includes(command.kind) || this.#heededStarts.has(command.id)) return;
    this.#heededStarts.add(command.id);
    this.#connecting.skipWait();
  }

  #situation(): BotSituation {
    return {
      wish: this.wish,
      live: this.live,
      isLeaseLost: this.#isLeaseLost,
      isShuttingDown: this.#isShuttingDown,
      isDraining: this.#isDraining,
      hasGivenUp: this.hasGivenUp,
      nextTryAtMs: this.#connecting.nextTryAtMs,
      nextUnlinkAtMs: this.unlinking.nextTryAtMs,
      nowMs: performance.now(),
    };
  }

  async #take(step: NextStep): Promise<LoopEnd | null> {
    switch (step.do) {
      case "abandon":
        this.live?.abandon();
        return "lost";
      case "leave":
        await leaveStep(this, step.because);
        return "left";
      case "settle":
        await settleStep(this, step.rule);
        return null;
      case "close":
        await closeStep(this, step.because);
        return null;
      case "log-out":
        await logOutStep(this);
        return null;
      case "remove":
        await removeStep(this);
        return "left";
      case "open":
        await openStep(this, step.attemptId);
        return null;
      case "wait":
        await this.reporter.flush();
        if (this.live) await finishCommands(this, ["start"]);
        this.#lastWake = await this.#bell.next(
          this.reporter.isSettled ? step.untilMs : performance.now() + this.deps.timings.retryMs,
        );
        return null;
    }
  }

  async #onStepFailed(step: NextStep, err: unknown): Promise<void> {
    if (err instanceof ServiceError && err.code === "stale-epoch") return this.loseLease();
    this.deps.logger.error({ botId: this.lease.botId, step: step.do, err }, "a step failed and is tried again");
    if (step.do === "open") {
      this.backOff();
      await this.reporter.say({ state: "backing-off", reason: "store-failed" }).catch(() => this.loseLease());
    }
    this.#lastWake = await this.#bell.next(performance.now() + this.deps.timings.retryMs);
  }
}
