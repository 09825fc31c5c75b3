import { backOffDelayMs } from "@switchboard/core/domain/back-off";
import { ServiceError } from "@switchboard/core/errors";
import { clearAuthState } from "@switchboard/core/services/auth-state/clear-auth-state";
import type { WorkerLease } from "@switchboard/core/services/custody/worker-leases";
import type { WantedBot } from "@switchboard/core/services/fleet/list-wanted-bots";
import { BotReporter } from "./bot-reporter.ts";
import { type BotSituation, decideNext, type NextStep } from "./decide-next.ts";
import type { WorkerDeps } from "./deps.ts";
import { LiveConnection } from "./live-connection.ts";
import { PairingReporter } from "./pairing-reporter.ts";
import { closeStep, finishCommands, leaveStep, logOutStep, removeStep, settleStep } from "./steps.ts";
import { type WakeReason, WakeUp } from "./wake-up.ts";
import type { BotAccount, SocketEvents } from "./whatsapp/events.ts";
import { recoverSession } from "./whatsapp/recover-session.ts";

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
  readonly #handlers: BotHandlers;
  readonly #bell = new WakeUp();
  #isLeaseLost = false;
  #isShuttingDown = false;
  #failures = 0;
  #nextTryAtMs = 0;
  #lastWake: WakeReason = "started";
  readonly #heededStarts = new Set<string>();

  constructor(deps: WorkerDeps, lease: WorkerLease, wish: WantedBot, handlers: (bot: BotConnection) => BotHandlers) {
    this.deps = deps;
    this.lease = lease;
    this.isClean = lease.wasClean;
    this.wish = wish;
    this.reporter = new BotReporter(deps, lease);
    this.#handlers = handlers(this);
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

  /** The newest wish; null when the database has none for this worker. */
  update(wish: WantedBot | null): void {
    const isChanged = JSON.stringify(wish) !== JSON.stringify(this.wish);
    this.wish = wish;
    for (const command of wish?.commands ?? []) this.#heedStart(command);
    if (wish) this.#handlers.onCommands(wish.commands);
    if (isChanged || !this.reporter.isSettled) this.#bell.ring("wish-changed");
  }

  /** The lease is gone: the socket is closed in this very tick, before anything else. */
  loseLease(): void {
    this.#isLeaseLost = true;
    this.live?.abandon();
    this.#bell.ring("lease-lost");
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
    return { botId, epoch, live, failures: this.#failures, lastWake: this.#lastWake, hasGivenUp: this.hasGivenUp };
  }

  /** Waits longer after each failure in a row. */
  backOff(): void {
    const wasStable = this.live !== null && performance.now() - this.live.openedAtMs > this.deps.timings.stableMs;
    this.#failures = wasStable ? 1 : this.#failures + 1;
    this.#nextTryAtMs =
      performance.now() + backOffDelayMs(this.deps.timings.backOff, this.#failures, this.deps.random());
  }

  /** Ends the connection, if there is one, and remembers whether everything of it was stored. */
  async closeLive(): Promise<void> {
    if ((await this.live?.close()) === false) this.isClean = false;
    this.live = null;
  }

  /** Nothing is being done for the bot's calls any more. */
  handlersSettled(): Promise<void> {
    return this.#handlers.settled();
  }

  /** A start or restart asked for by a person ends the back-off, once. */
  #heedStart(command: WantedBot["commands"][number]): void {
    if (!["start", "restart"].includes(command.kind) || this.#heededStarts.has(command.id)) return;
    this.#heededStarts.add(command.id);
    this.#nextTryAtMs = 0;
  }

  #situation(): BotSituation {
    return {
      wish: this.wish,
      live: this.live,
      isLeaseLost: this.#isLeaseLost,
      isShuttingDown: this.#isShuttingDown,
      hasGivenUp: this.hasGivenUp,
      nextTryAtMs: this.#nextTryAtMs,
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
        await this.#open(step.attemptId);
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

  async #open(attemptId: string | null): Promise<void> {
    const pairing = this.wish?.pairing;
    if (attemptId !== null && pairing) {
      await this.#beginPairing(pairing);
      await this.reporter.say({ state: "pairing", reason: null });
    } else {
      await this.reporter.say({ state: "connecting", reason: null });
    }
    await finishCommands(this, ["restart"]);
    if (!this.isClean) await recoverSession(this.deps, this.lease);
    this.isClean = true;
    const live = await LiveConnection.open(this.deps, this.lease, attemptId, this.#events(), () =>
      this.#bell.ring("socket-closed"),
    );
    this.live = live;
    if (this.#isLeaseLost) live.abandon();
  }

  /**
   * A new attempt starts from a new identity: what an unfinished one left would be refused by the server. One that the
   * phone has accepted goes on with its own, or the phone would keep a linked device that nobody holds.
   */
  async #beginPairing(pairing: NonNullable<WantedBot["pairing"]>): Promise<void> {
    if (this.pairing?.attemptId === pairing.attemptId) return;
    if (pairing.state !== "linking") await clearAuthState(this.deps.ctx, this.lease);
    this.pairing = new PairingReporter(this.deps, this.lease, pairing, () => this.#bell.ring("pairing-step"));
  }

  #events(): Omit<SocketEvents, "onClose"> {
    return {
      ...this.#handlers,
      onQr: (qr) => this.pairing?.onQr(qr, () => this.live?.socket ?? null),
      onPaired: () => this.pairing?.onPaired(),
      onPasskeyRequired: () => {
        this.pairing?.onPasskeyRequired();
        void this.live?.socket?.end();
      },
      onOpen: (account) => this.#onOpen(account),
    };
  }

  #onOpen(account: BotAccount): void {
    this.#failures = 0;
    this.account = account;
    if (this.live?.attemptId !== null) this.pairing?.onLinked();
    const known = Object.entries(account).filter(([, value]) => value !== null);
    const facts: Partial<Record<keyof BotAccount, string>> = Object.fromEntries(known);
    this.reporter.say({ state: "online", reason: null, isLinked: true, ...facts }).catch(() => this.loseLease());
    this.#handlers.onOpen();
    this.#bell.ring("socket-opened");
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
