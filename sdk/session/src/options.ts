import type { WaitProgress } from "./lease/acquire-lease.ts";
import type { PublishedKeys } from "./sealing/server-keys.ts";

/** Takes lines for people; pino's loggers fit. No secret is ever handed to it. */
export interface SwitchboardLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A private P-256 key in JWK form (RFC 7518, 6.2); see `createRecipientKey`. */
export interface PrivateKeyJwk {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
  readonly d: string;
}

/** Another server than WhatsApp's: Switchboard's simulator. For tests only; it holds for the whole process. */
export interface TestServer {
  /** Its WebSocket address. */
  readonly url: string;
  /** The 32-byte public key that signs its certificates, in base64. */
  readonly noiseRootKey: string;
}

/** The bot has to be given back. */
export interface DrainNotice {
  /** `asked`: by the service, for somebody else. `lease-life`: the lease has reached the greatest age one may have. */
  readonly reason: "asked" | "lease-life";
  /** Milliseconds until the socket is closed, whatever still runs. */
  readonly finishWithinMs: number;
}

/** How to take over a bot. */
export interface ConnectOptions {
  /** Where Switchboard's api is, such as `https://switchboard.example.org`. */
  readonly url: string | URL;
  /** With the scopes `session:lease` and `session:read`; `session:takeover` for `takeover`, `session:plain` without a recipient key. */
  readonly apiKey: string;
  readonly botId: string;
  /** The private half of the key that is registered for the API key. Everything then travels sealed, and nothing else is accepted. */
  readonly recipientKey?: PrivateKeyJwk;
  /** Ask a holder to give the bot up. false by default: the bot has to be free. */
  readonly takeover?: boolean;
  /** How long to wait for the bot in all; 60 by default. */
  readonly waitSeconds?: number;
  /** Life of the lease between renewals, 5 to 300; 30 by default. The socket is stopped when five sixths passed without one. */
  readonly ttlSeconds?: number;
  /** Stops the waiting. A session that was connected is ended with `release`. */
  readonly signal?: AbortSignal;
  readonly logger?: SwitchboardLogger;
  /** The service's published keys, pinned. Without them they are fetched from `url` and trusted as TLS is. */
  readonly serverKeys?: PublishedKeys;
  readonly testServer?: TestServer;
  /** Tells what is waited for. */
  readonly onWaiting?: (progress: WaitProgress) => void;
  /** Finish what runs and begin nothing new: when the promise resolves, or the time is up, the bot is given back cleanly. */
  readonly onDrain?: (notice: DrainNotice) => void | Promise<void>;
  /** The lease is gone: the socket was stopped in this very tick. Do not connect again with this session. */
  readonly onLost?: (error: Error) => void;
}

/** Says nothing. */
export const silentLogger: SwitchboardLogger = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
