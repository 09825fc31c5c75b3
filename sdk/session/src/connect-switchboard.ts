import { openPrivateP256 } from "@switchboard/core/crypto/p256";
import { gateWrites } from "@switchboard/worker/lease-gate";
import { openBotAuthState } from "@switchboard/worker/whatsapp/auth/bot-auth-state";
import { trustTestServer } from "@switchboard/worker/whatsapp/whatsapp-server";
import { LeaseLostError, SwitchboardError } from "./errors.ts";
import { type ApiClient, createApiClient } from "./http/api-client.ts";
import { type Acquired, acquireLease } from "./lease/acquire-lease.ts";
import { createLeaseCalls, type LeaseCalls } from "./lease/lease-calls.ts";
import { LeaseLife } from "./lease/lease-life.ts";
import { type ConnectOptions, silentLogger } from "./options.ts";
import { type Channel, createSealedChannel, plainChannel } from "./sealing/channel.ts";
import { createServerKeys } from "./sealing/server-keys.ts";
import { HeldSession, type SwitchboardSession } from "./session.ts";
import { SocketWiring } from "./socket-wiring.ts";
import { recoverSession } from "./state/recover-session.ts";
import { RemoteRecordStore } from "./state/remote-record-store.ts";
import { createSessionCalls } from "./state/session-calls.ts";

const WAIT_SECONDS = 60;
/** A day: who waits longer asks again. */
const WAIT_SECONDS_MAX = 86_400;
const TTL_SECONDS = 30;

/**
 * Takes over a bot's session: waits for its lease, checks that what comes back is the service's, makes the session safe to
 * send from when the holder before did not end cleanly, and keeps the lease until `release`.
 * @throws LeaseHeldError, BotFrozenError, ApiError (`takeover-pending` when the holder was not done in time, `not-paired`
 *   for a bot without a session), SealError, UnreachableError, TypeError for options that cannot be, the signal's reason;
 *   SwitchboardError `node-too-old`, before anything is taken
 */
export async function connectSwitchboard(options: ConnectOptions): Promise<SwitchboardSession> {
  requireNode();
  const api = createApiClient(options.url);
  const recipient = options.recipientKey ? await openPrivateP256({ ...options.recipientKey }) : null;
  if (options.testServer) trustTestServer(options.testServer);
  const { apiKey, botId, takeover = false, waitSeconds = WAIT_SECONDS, ttlSeconds = TTL_SECONDS } = options;
  if (!(waitSeconds >= 0 && waitSeconds <= WAIT_SECONDS_MAX)) throw new TypeError("`waitSeconds` must be 0 to 86400.");
  if (!Number.isInteger(ttlSeconds)) throw new TypeError("`ttlSeconds` must be a whole number.");
  const calls = createLeaseCalls(api, apiKey, botId);
  const { signal, onWaiting } = options;
  const acquired = await acquireLease(calls, { ttlSeconds, takeover, waitSeconds, signal, onWaiting });
  const channel = recipient
    ? createSealedChannel({
        recipient,
        serverKeys: createServerKeys(api, options.serverKeys ?? null),
        botId,
        lease: acquired.lease,
        leaseToken: acquired.lease.token,
      })
    : plainChannel;
  return new Opening(options, { api, calls, acquired, channel, ttlSeconds }).open();
}

/** An older Node would fail in the middle, with the bot in its hands. */
function requireNode(): void {
  if (typeof Promise.withResolvers === "function") return;
  throw new SwitchboardError("node-too-old", "This package needs Node 22.18 or newer. Nothing was taken over.");
}

interface OpeningParts {
  readonly api: ApiClient;
  readonly calls: LeaseCalls;
  readonly acquired: Acquired;
  readonly channel: Channel;
  readonly ttlSeconds: number;
}

/** A lease that is kept while its session is made ready. */
class Opening {
  readonly #options: ConnectOptions;
  readonly #parts: OpeningParts;
  #session: HeldSession | null = null;
  #wiring: SocketWiring | null = null;
  #drainReason: "asked" | "lease-life" | null = null;

  constructor(options: ConnectOptions, parts: OpeningParts) {
    this.#options = options;
    this.#parts = parts;
  }

  async open(): Promise<HeldSession> {
    const life = await this.#beginLife();
    const { lease } = this.#parts.acquired;
    const store = this.#openStore(life);
    try {
      const session = await this.#openSession(life, store);
      life.signal.throwIfAborted();
      this.#session = session;
      if (this.#drainReason !== null) void session.drain(this.#drainReason);
      return session;
    } catch (error) {
      // Nothing was sent: the session is as it was found, or recovered in part, which is safe to do again.
      await this.#parts.calls.release(life.token, store.revision, lease.isClean).catch(() => undefined);
      life.stop(new LeaseLostError("write-failed", "The session could not be opened."));
      throw causeOf(error);
    }
  }

  #beginLife(): Promise<LeaseLife> {
    const { botId, onLost, logger = silentLogger } = this.#options;
    const { calls, acquired, ttlSeconds } = this.#parts;
    const deps = {
      calls,
      botId,
      ttlSeconds,
      logger,
      isStalled: () => this.#wiring?.isStalled() ?? false,
      onDrain: (reason: "asked" | "lease-life") => {
        this.#drainReason ??= reason;
        void this.#session?.drain(reason);
      },
      onLost: (error: Error) => {
        if (this.#session === null) return;
        this.#session.lose(error);
        onLost?.(error);
      },
    };
    return LeaseLife.begin(deps, acquired);
  }

  #sessionCalls(life: LeaseLife) {
    const { api, channel } = this.#parts;
    const { apiKey, botId } = this.#options;
    return createSessionCalls({ api, apiKey, botId, epoch: life.epoch, channel, leaseToken: () => life.token });
  }

  #openStore(life: LeaseLife): RemoteRecordStore {
    const { botId, logger = silentLogger } = this.#options;
    const { channel, acquired } = this.#parts;
    return new RemoteRecordStore({
      calls: this.#sessionCalls(life),
      channel,
      lease: { botId, leaseId: life.leaseId, epoch: life.epoch },
      revision: acquired.lease.revision,
      signal: life.signal,
      onReadFailed: (error) => life.lose(error),
      onRetry: (error, delayMs) => {
        const cause = error instanceof Error ? error.message : "unknown";
        logger.warn({ botId, delayMs, cause }, "the service was not reached; the same request follows");
      },
    });
  }

  async #openSession(life: LeaseLife, store: RemoteRecordStore): Promise<HeldSession> {
    const { botId, onDrain, testServer = null, logger = silentLogger } = this.#options;
    const { calls, acquired } = this.#parts;
    const wasClean = acquired.lease.isClean;
    if (!wasClean) {
      const records = await recoverSession(this.#sessionCalls(life), store, life.signal);
      logger.warn({ botId, epoch: life.epoch, records }, "the session was recovered after an unclean end");
    }
    const onFatal = (error: Error) => life.lose(error);
    const gated = gateWrites(store, life.isAlive);
    const state = await openBotAuthState(gated, {
      whenMissing: "refuse",
      onDeath: (death) => onFatal(lossOf(death.cause)),
    });
    const onStop = (reason: string) => this.#session?.stop(reason);
    const wiring = new SocketWiring({ state, logger, testServer, isAlive: life.isAlive, onFatal, onStop });
    this.#wiring = wiring;
    return new HeldSession({ botId, wasClean, calls, life, store, state, wiring, logger, onDrain });
  }
}

/** The auth state says that credentials are unreadable, and as its cause what the service or its seal was. */
const causeOf = (error: unknown): unknown =>
  error instanceof Error && error.cause instanceof SwitchboardError ? error.cause : error;

/** What made a write fail, where that says more than that one failed. */
const lossOf = (cause: unknown): Error =>
  cause instanceof LeaseLostError || (cause instanceof Error && cause.name === "StaleEpochError")
    ? cause
    : new LeaseLostError("write-failed", "A write failed: nothing more may be sent from this session.", { cause });
