import type { BotAuthState } from "@switchboard/worker/whatsapp/auth/bot-auth-state";
import { within } from "@switchboard/worker/within";
import type { WASocket } from "@whiskeysockets/baileys";
import { SwitchboardError } from "./errors.ts";
import { givingBack, handingOver, mayStillHold, releaseUnclean } from "./lease/giving-back.ts";
import type { LeaseCalls } from "./lease/lease-calls.ts";
import type { LeaseLife } from "./lease/lease-life.ts";
import type { DrainNotice, SwitchboardLogger } from "./options.ts";
import type { SocketWiring, SwitchboardSocketConfig } from "./socket-wiring.ts";
import type { RemoteRecordStore } from "./state/remote-record-store.ts";

/** What a program may still do after it was asked to give the bot back, out of the 20 s that the service waits. */
const FINISH_MS = 10_000;
/** For the message that the socket is working on. */
const MESSAGE_MS = 3_000;
/** For the socket to close, and for the last writes to be acknowledged. */
const CLOSE_MS = 5_000;

/** How a session ended. `lost` alone is not clean: `error` says why. */
export interface SessionEnd {
  readonly reason: "released" | "drained" | "handed-over" | "lost";
  readonly error: Error | null;
}

/** A bot that this program holds: the only one who may connect with its session, until the end. */
export interface SwitchboardSession extends AsyncDisposable {
  readonly botId: string;
  readonly leaseId: string;
  /** Grows with each holder. */
  readonly epoch: number;
  /** The revision that the last acknowledged write made. */
  readonly revision: number;
  /** How the holder before ended; after an unclean end the session was recovered before this object was made. */
  readonly wasClean: boolean;
  /** Aborted when the session is over, or is about to be given back: begin nothing new. */
  readonly signal: AbortSignal;
  /** Resolves when the session is over, and was given back where that was possible. */
  readonly ended: Promise<SessionEnd>;
  /**
   * Spread it into `makeWASocket`, once for each connection: `session.attach(makeWASocket({ ...session.socketConfig() }))`.
   * @throws SwitchboardError session-over
   */
  socketConfig(): SwitchboardSocketConfig;
  /** Must be called with the new socket in the statement that made it. Returns the socket. */
  attach<S extends WASocket>(socket: S): S;
  /**
   * Closes the socket, waits for everything to be stored, and gives the bot back to the workers. `clean: false` has the next
   * holder recover the session. Safe to call twice.
   * @throws LeaseLostError, StaleEpochError, ApiError, UnreachableError when the lease could not be given back; it then runs out by itself
   */
  release(options?: { readonly clean?: boolean }): Promise<void>;
  /** As `release`, and the bot is kept for `to` (`workers`, or the id of an API key) for a minute. @throws as `release` */
  handOver(to: string): Promise<void>;
}

/** What a session is made of. */
export interface SessionParts {
  readonly botId: string;
  readonly wasClean: boolean;
  readonly calls: LeaseCalls;
  readonly life: LeaseLife;
  readonly store: RemoteRecordStore;
  readonly state: BotAuthState;
  readonly wiring: SocketWiring;
  readonly logger: SwitchboardLogger;
  readonly onDrain: ((notice: DrainNotice) => void | Promise<void>) | undefined;
}

/** A session whose lease is kept and whose auth state is open. */
export class HeldSession implements SwitchboardSession {
  readonly ended: Promise<SessionEnd>;
  readonly #parts: SessionParts;
  readonly #leaving = new AbortController();
  readonly #end = Promise.withResolvers<SessionEnd>();
  #closing: Promise<void> | undefined;
  #isDraining = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.ended = this.#end.promise;
  }

  get botId(): string {
    return this.#parts.botId;
  }
  get leaseId(): string {
    return this.#parts.life.leaseId;
  }
  get epoch(): number {
    return this.#parts.life.epoch;
  }
  get revision(): number {
    return this.#parts.store.revision;
  }
  get wasClean(): boolean {
    return this.#parts.wasClean;
  }
  get signal(): AbortSignal {
    return this.#leaving.signal;
  }

  socketConfig(): SwitchboardSocketConfig {
    if (this.signal.aborted || !this.#parts.life.isAlive()) {
      throw new SwitchboardError("session-over", "This session is over: connect to Switchboard again.", {
        cause: this.signal.reason,
      });
    }
    return this.#parts.wiring.config();
  }

  attach<S extends WASocket>(socket: S): S {
    return this.#parts.wiring.attach(socket);
  }

  release({ clean = true }: { readonly clean?: boolean } = {}): Promise<void> {
    return this.#leave("released", clean);
  }

  async handOver(to: string): Promise<void> {
    const { calls, life } = this.#parts;
    await handingOver(calls, () => life.token, to, life.signal);
    await this.#leave("handed-over", true);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release().catch(() => undefined);
  }

  /**
   * The session is over: the socket is closed in this very tick. A lease that nobody else has ended is given back at once,
   * unclean, since what became of the last write or who else uses the session is not known.
   */
  lose(error: Error): void {
    const { wiring, calls, life, store } = this.#parts;
    const closed = within(CLOSE_MS, wiring.end(error)).catch(() => undefined);
    this.#leaving.abort(error);
    const isOurs = mayStillHold(error);
    const givenBack = isOurs ? closed.then(() => releaseUnclean(calls, life.token, store.revision)) : Promise.resolve();
    void givenBack.then(() => this.#end.resolve({ reason: "lost", error }));
  }

  /** WhatsApp will not take this session again until a person has acted: everything is stored, and the bot given back. */
  stop(reason: string): void {
    const { logger, botId } = this.#parts;
    logger.warn({ botId, reason }, "WhatsApp has ended the connection for good; the bot is given back");
    this.#leave("released", true).catch(() => undefined);
  }

  /** Gives the bot back once the program has finished. Only the first call counts. */
  async drain(reason: DrainNotice["reason"]): Promise<void> {
    if (this.#isDraining || this.#closing) return;
    this.#isDraining = true;
    const { logger, onDrain, botId } = this.#parts;
    logger.info({ botId, reason }, "the bot is to be given back");
    this.#leaving.abort(new SwitchboardError("draining", "The bot is to be given back."));
    const finished = (async () => onDrain?.({ reason, finishWithinMs: FINISH_MS }))();
    await within(FINISH_MS, finished).catch(() => undefined);
    await this.#leave("drained", true).catch(() => undefined);
  }

  #leave(reason: SessionEnd["reason"], isClean: boolean): Promise<void> {
    this.#closing ??= this.#close(reason, isClean);
    return this.#closing;
  }

  async #close(reason: SessionEnd["reason"], isClean: boolean): Promise<void> {
    const { life, calls, store, wiring } = this.#parts;
    const over = new SwitchboardError("session-over", "The bot was given back.");
    this.#leaving.abort(over);
    try {
      await within(CLOSE_MS, wiring.finish(MESSAGE_MS)).catch(() => undefined);
      const isStored = await this.#storeAll();
      life.leave();
      await givingBack(() => calls.release(life.token, store.revision, isClean && isStored), life.signal);
      this.#end.resolve({ reason, error: null });
    } catch (error) {
      this.#end.resolve({ reason: "lost", error: error instanceof Error ? error : over });
      throw error;
    } finally {
      life.stop(over);
    }
  }

  /** false: something could not be stored, so that the next holder has to recover. */
  async #storeAll(): Promise<boolean> {
    const { state } = this.#parts;
    if (state.isDead) return false;
    return within(CLOSE_MS, state.close()).then(
      () => true,
      () => false,
    );
  }
}
