import makeWASocket, {
  type BaileysEventMap,
  type ConnectionState,
  type UserFacingSocketConfig,
  type WACallEvent,
  type WASocket,
} from "@whiskeysockets/baileys";
import type { ILogger } from "@whiskeysockets/baileys/lib/Utils/logger.js";
import type { LinkedDevice } from "../accounts/linked-device.ts";
import type { SimulatedPhone } from "../accounts/simulated-phone.ts";
import { MemoryAuthState } from "./memory-auth-state.ts";

const WAIT_MS = 60_000;

/** A logger that says nothing. */
export const SILENT_LOGGER: ILogger = {
  level: "silent",
  child: () => SILENT_LOGGER,
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** How a client is made. */
export interface BaileysClientOptions {
  /** Where it connects: the simulator's `url`. */
  readonly url: string;
  /** Credentials to go on with; a new client registers. */
  readonly auth?: MemoryAuthState;
  readonly config?: Partial<UserFacingSocketConfig>;
}

/**
 * An unmodified Baileys socket with credentials in memory. It connects again by itself only after linking (515);
 * every other close is the test's to see.
 */
export class BaileysClient {
  readonly auth: MemoryAuthState;
  /** Every `call` event, oldest first. */
  readonly calls: WACallEvent[] = [];
  readonly upserts: BaileysEventMap["messages.upsert"][] = [];
  readonly updates: BaileysEventMap["messages.update"] = [];
  /** Status codes of the closes so far. */
  readonly closeCodes: (number | undefined)[] = [];
  sock: WASocket;
  #connection: ConnectionState["connection"] | undefined;
  #qr: string | undefined;
  readonly #options: BaileysClientOptions;
  readonly #waiters = new Set<() => void>();
  readonly #socketListeners: ((sock: WASocket) => void)[] = [];

  constructor(options: BaileysClientOptions) {
    this.#options = options;
    this.auth = options.auth ?? new MemoryAuthState();
    this.sock = this.#connect();
  }

  /** The QR code shown now; undefined when there is none. */
  get qr(): string | undefined {
    return this.#qr;
  }

  get isOpen(): boolean {
    return this.#connection === "open";
  }

  /** Connects again with the same credentials, as a restarted process does. */
  reconnect(): void {
    this.#connection = "connecting";
    this.sock = this.#connect();
  }

  /** Resolves once `condition` holds; it is looked at after every event. @throws after `timeoutMs` */
  async until(condition: () => boolean, timeoutMs: number = WAIT_MS): Promise<void> {
    if (condition()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = () => condition() && resolve();
    this.#waiters.add(look);
    const timer = setTimeout(() => reject(new Error(`the client never got there: ${condition}`)), timeoutMs);
    await promise.finally(() => {
      clearTimeout(timer);
      this.#waiters.delete(look);
    });
  }

  /** Resolves when the connection is open. */
  untilOpen(timeoutMs?: number): Promise<void> {
    return this.until(() => this.isOpen, timeoutMs);
  }

  /** Runs for the present socket and for each later one: every connection of Baileys is a new socket. */
  onSocket(listener: (sock: WASocket) => void): void {
    this.#socketListeners.push(listener);
    listener(this.sock);
  }

  /** Closes the socket. */
  async stop(): Promise<void> {
    this.sock.ev.removeAllListeners("connection.update");
    await this.sock.end(undefined);
  }

  #connect(): WASocket {
    const sock = makeWASocket({
      waWebSocketUrl: this.#options.url,
      auth: this.auth.state,
      logger: SILENT_LOGGER,
      ...this.#options.config,
    });
    sock.ev.on("creds.update", (update) => Object.assign(this.auth.creds, update));
    sock.ev.on("call", (events) => this.#note(() => this.calls.push(...events)));
    sock.ev.on("messages.upsert", (upsert) => this.#note(() => this.upserts.push(upsert)));
    sock.ev.on("messages.update", (updates) => this.#note(() => this.updates.push(...updates)));
    sock.ev.on("connection.update", (update) => this.#note(() => this.#onConnection(update)));
    for (const listener of this.#socketListeners) listener(sock);
    return sock;
  }

  #onConnection({ connection, qr, lastDisconnect }: Partial<ConnectionState>): void {
    if (qr !== undefined) this.#qr = qr;
    if (connection !== undefined) this.#connection = connection;
    if (connection !== "close") return;
    const code = statusCodeOf(lastDisconnect?.error);
    this.closeCodes.push(code);
    if (code === 515) this.reconnect();
  }

  #note(change: () => void): void {
    change();
    for (const look of [...this.#waiters]) look();
  }
}

/** Makes a client and links it to a phone by QR code; resolves when it is online. */
export async function linkBaileysClient(
  options: BaileysClientOptions,
  phone: SimulatedPhone,
): Promise<{ client: BaileysClient; device: LinkedDevice }> {
  const client = new BaileysClient(options);
  await client.until(() => client.qr !== undefined);
  const device = await phone.scanQr(client.qr ?? "");
  await client.untilOpen();
  return { client, device };
}

function statusCodeOf(error: unknown): number | undefined {
  const output = typeof error === "object" && error !== null && "output" in error ? error.output : undefined;
  const isOutput = typeof output === "object" && output !== null && "statusCode" in output;
  return isOutput && typeof output.statusCode === "number" ? output.statusCode : undefined;
}
