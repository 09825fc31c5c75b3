import type { BotAuthState } from "@switchboard/worker/whatsapp/auth/bot-auth-state";
import { createBaileysLogger } from "@switchboard/worker/whatsapp/baileys-logger";
import { guardFrames } from "@switchboard/worker/whatsapp/guard-frames";
import { MessagesInHand } from "@switchboard/worker/whatsapp/messages-in-hand";
import { RecentMessages } from "@switchboard/worker/whatsapp/recent-messages";
import type { SocketConfig, WASocket } from "@whiskeysockets/baileys";
import { afterClose } from "./after-close.ts";
import { LeaseLostError } from "./errors.ts";
import type { SwitchboardLogger, TestServer } from "./options.ts";
import { statusCodeOf } from "./status-code.ts";

/** WhatsApp gave the connection to another that uses the same session (DisconnectReason.connectionReplaced). */
const CONNECTION_REPLACED = 440;
/** Held for so long without an open connection, a bot counts as stalled. */
const STALLED_MS = 60_000;

/**
 * The part of a socket's configuration that a session decides. `auth`, `makeSignalRepository` and `transactionOpts` must
 * not be replaced: they store each step before a message leaves. The others may be.
 */
export type SwitchboardSocketConfig = Pick<
  SocketConfig,
  | "auth"
  | "makeSignalRepository"
  | "transactionOpts"
  | "getMessage"
  | "logger"
  | "markOnlineOnConnect"
  | "syncFullHistory"
> &
  Partial<Pick<SocketConfig, "waWebSocketUrl">>;

/** What the wiring tells of. */
export interface SocketWiringDeps {
  readonly state: BotAuthState;
  readonly logger: SwitchboardLogger;
  readonly testServer: TestServer | null;
  /** false once somebody else may hold the bot: from then on no frame is sent. Asked before each frame, in and out. */
  readonly isAlive: () => boolean;
  /** The socket can no longer be used, and no other may be made in its place. */
  readonly onFatal: (error: Error) => void;
  /** WhatsApp ended the connection in a way that another one would not change; why, in the service's words. */
  readonly onStop: (reason: string) => void;
}

/** Ties sockets of Baileys to a session, one after the other. */
export class SocketWiring {
  readonly #deps: SocketWiringDeps;
  readonly #recent = new RecentMessages();
  #socket: WASocket | null = null;
  #inHand: MessagesInHand | null = null;
  #isAttachDue = false;
  #closedSinceMs: number | null = performance.now();

  constructor(deps: SocketWiringDeps) {
    this.#deps = deps;
  }

  /** true when no connection was open for a minute. */
  isStalled = (): boolean => this.#closedSinceMs !== null && performance.now() - this.#closedSinceMs > STALLED_MS;

  config(): SwitchboardSocketConfig {
    const { state, logger, testServer } = this.#deps;
    return {
      auth: state.auth,
      makeSignalRepository: (...parts) => {
        this.#expectAttach();
        return state.makeSignalRepository(...parts);
      },
      transactionOpts: state.transactionOpts,
      getMessage: async (key) => this.#recent.get(key.id),
      logger: createBaileysLogger(logger),
      markOnlineOnConnect: false,
      syncFullHistory: false,
      ...(testServer === null ? {} : { waWebSocketUrl: testServer.url }),
    };
  }

  /** Ends the socket before it, which a second one would only fight. */
  attach<S extends WASocket>(socket: S): S {
    this.#isAttachDue = false;
    this.#socket?.end(undefined).catch(() => undefined);
    guardFrames(socket, this.#deps.isAlive);
    const inHand = new MessagesInHand(socket);
    this.#deps.state.attach(socket, inHand);
    this.#socket = socket;
    this.#inHand = inHand;
    socket.ev.on("connection.update", ({ connection, lastDisconnect }) => {
      if (connection === "open") this.#closedSinceMs = null;
      if (connection === "close") this.#onClose(socket, lastDisconnect?.error);
    });
    // What was sent may be asked for again by a contact that could not read it.
    socket.ev.on("messages.upsert", ({ messages }) => {
      for (const { key, message } of messages) if (key.fromMe && key.id && message) this.#recent.add(key.id, message);
    });
    return socket;
  }

  /** Closes the connection between two messages, `limitMs` from now at the latest: for a bot that is given back. */
  finish(limitMs: number): Promise<void> {
    return this.#inHand?.end(limitMs) ?? Promise.resolve();
  }

  /** Closes the connection in this very tick. */
  end(reason: Error | undefined): Promise<void> {
    return this.#socket?.end(reason) ?? Promise.resolve();
  }

  /** A socket that nobody attached would not be stopped when the lease is lost: it must not send at all. */
  #expectAttach(): void {
    this.#isAttachDue = true;
    queueMicrotask(() => {
      if (!this.#isAttachDue) return;
      this.#deps.onFatal(
        new LeaseLostError("write-failed", "Call session.attach(socket) in the line that calls makeWASocket."),
      );
    });
  }

  #onClose(socket: WASocket, error: unknown): void {
    if (socket !== this.#socket) return;
    this.#closedSinceMs ??= performance.now();
    const { next, reason } = afterClose(error);
    if (statusCodeOf(error) === CONNECTION_REPLACED) {
      this.#deps.onFatal(
        new LeaseLostError("connection-replaced", "WhatsApp gave the connection to somebody with the same session."),
      );
    } else if (next === "stop") this.#deps.onStop(reason);
  }
}
