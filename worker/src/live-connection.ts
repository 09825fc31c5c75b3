import type { LeaseName } from "@switchboard/db/queries/custody";
import type { LiveView } from "./decide-next.ts";
import type { WorkerDeps } from "./deps.ts";
import { gateWrites } from "./lease-gate.ts";
import type { WorkerTimings } from "./timings.ts";
import { type BotAuthState, openBotAuthState } from "./whatsapp/auth/bot-auth-state.ts";
import { type DisconnectRule, disconnectRule } from "./whatsapp/disconnect-table.ts";
import type { SocketEvents } from "./whatsapp/events.ts";
import { type BotSocket, openSocket } from "./whatsapp/open-socket.ts";
import { within } from "./within.ts";

const connectTimeout: DisconnectRule = {
  reason: "connect-timeout",
  next: "back-off",
  state: "backing-off",
  unlinks: false,
};
const storeFailed: DisconnectRule = { reason: "store-failed", next: "back-off", state: "backing-off", unlinks: false };

/** What a connection is opened with. */
export interface LiveConnectionInput {
  readonly lease: LeaseName;
  /** false once the lease is over; asked before anything is written, sent or heard. */
  readonly isAlive: () => boolean;
  /** The pairing attempt to serve, for which a new identity may be minted; null to log in. */
  readonly attemptId: string | null;
  readonly events: Omit<SocketEvents, "onClose">;
  /** The connection opened or ended. */
  readonly onChange: () => void;
}

/**
 * One connection of one bot from its opening to its end: auth state, socket, and the watchdog over both. Made anew for
 * each connection, so that nothing of a failed one is carried on.
 */
export class LiveConnection implements LiveView {
  readonly attemptId: string | null;
  readonly openedAtMs = performance.now();
  isOpen = false;
  /** Nothing more is written or heard: somebody else may hold the session. */
  isAbandoned = false;
  closedBy: DisconnectRule | null = null;
  readonly #authState: BotAuthState;
  readonly #timings: WorkerTimings;
  readonly #onChange: () => void;
  readonly #ended = Promise.withResolvers<void>();
  #isStoreRefused = false;
  #socket: BotSocket | null = null;
  #watchdog: NodeJS.Timeout | null = null;

  private constructor(authState: BotAuthState, attemptId: string | null, timings: WorkerTimings, onChange: () => void) {
    this.#authState = authState;
    this.#timings = timings;
    this.attemptId = attemptId;
    this.#onChange = onChange;
  }

  /**
   * Opens the bot's session under its lease and connects.
   * @throws CredentialsMissingError, CredentialsUnreadableError, ServiceError stale-epoch, database errors
   */
  static async open(deps: WorkerDeps, input: LiveConnectionInput): Promise<LiveConnection> {
    const { lease, attemptId } = input;
    let live: LiveConnection | null = null;
    const onDeath = () => live?.noteClose(storeFailed);
    const store = await deps.places.open(lease, { isAlive: input.isAlive, onRefused: () => live?.failStore() });
    const whenMissing = attemptId === null ? "refuse" : "mint";
    const isAlive = () => live?.isAbandoned !== true && input.isAlive();
    const authState = await openBotAuthState(gateWrites(store, isAlive), { whenMissing, onDeath });
    live = new LiveConnection(authState, attemptId, deps.timings, input.onChange);
    live.#connect(deps, { ...input, isAlive });
    return live;
  }

  /** null before the connection was made or after it ended. */
  get socket(): BotSocket | null {
    return this.closedBy === null ? this.#socket : null;
  }

  /** Marks the end; the first mark counts. */
  noteClose(rule: DisconnectRule): void {
    this.#stopWatchdog();
    this.isOpen = false;
    if (this.closedBy !== null) return;
    this.closedBy = this.#authState.isDead ? storeFailed : rule;
    this.#ended.resolve();
    this.#onChange();
  }

  /** Starts the watchdog anew: something happened that shows the connection lives. */
  feedWatchdog(limitMs: number): void {
    this.#stopWatchdog();
    if (this.closedBy !== null) return;
    this.#watchdog = setTimeout(() => {
      this.noteClose(connectTimeout);
      void this.#endSocket();
    }, limitMs);
  }

  /** Finishes what was heard, ends the socket and makes everything durable. false: something could not be stored, the end was not clean. */
  async close(): Promise<boolean> {
    this.#stopWatchdog();
    const finished = this.socket?.finish(this.#timings.finishLimitMs) ?? Promise.resolve();
    await within(this.#timings.closeLimitMs, finished).catch(() => undefined);
    await this.#endSocket();
    if (this.#authState.isDead || this.#isStoreRefused) return false;
    const stored = await within(this.#timings.closeLimitMs, this.#authState.close()).catch(() => "failed");
    return stored !== "failed";
  }

  /** Ends the socket at once and writes nothing more: somebody else may hold the session. */
  abandon(): void {
    this.isAbandoned = true;
    this.#stopWatchdog();
    void this.#endSocket();
  }

  /** What was sent while the database was away is not in it: the session must be recovered before it is used again. */
  failStore(): void {
    this.#isStoreRefused = true;
    this.noteClose(storeFailed);
    void this.#endSocket();
  }

  /** Asks the server to unlink the device. true: it is unlinked; the server may have said so by ending the connection. */
  async unlink(): Promise<boolean> {
    const { socket } = this;
    if (socket === null) return false;
    const asked = socket.unlink(this.#timings.unlinkTryMs).catch(() => "silent" as const);
    const answer = await Promise.race([asked, this.#ended.promise]);
    return answer === "acknowledged" || this.closedBy?.unlinks === true;
  }

  #connect(deps: WorkerDeps, { lease, events, isAlive }: LiveConnectionInput): void {
    const logger = deps.logger.child({ botId: lease.botId, epoch: lease.epoch });
    this.feedWatchdog(deps.timings.connectWatchdogMs);
    this.#socket = openSocket({
      authState: this.#authState,
      logger,
      testServer: deps.testServer,
      keepAliveMs: deps.timings.keepAliveMs,
      isAlive,
      events: {
        ...events,
        onQr: (qr) => {
          this.feedWatchdog(deps.timings.pairingWatchdogMs);
          events.onQr(qr);
        },
        onPaired: () => {
          this.feedWatchdog(deps.timings.connectWatchdogMs);
          events.onPaired();
        },
        onOpen: (account) => {
          this.#stopWatchdog();
          this.isOpen = true;
          events.onOpen(account);
          this.#onChange();
        },
        onClose: (statusCode) => this.noteClose(disconnectRule(statusCode)),
      },
    });
  }

  async #endSocket(): Promise<void> {
    await within(this.#timings.closeLimitMs, this.#socket?.end() ?? Promise.resolve()).catch(() => undefined);
  }

  #stopWatchdog(): void {
    if (this.#watchdog) clearTimeout(this.#watchdog);
    this.#watchdog = null;
  }
}
