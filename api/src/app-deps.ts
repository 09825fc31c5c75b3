import type { Settings } from "@switchboard/core/config/parse-settings";
import type { RequestInfo, ServiceContext } from "@switchboard/core/context";
import type { BrowserSignInName } from "@switchboard/core/services/identity/authenticate-user";
import type { ReadReferenceScript } from "./docs-page/reference-script.ts";
import type { Metrics } from "./metrics.ts";

/** What the app needs of a logger: a line with its fields. */
export interface AppLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** The one-time code that lets the first admin in. */
export interface SetupCode {
  /** null: there is none, or it was used. */
  read(): Promise<string | null>;
  /** Called once the first admin exists. Safe to repeat. */
  forget(): Promise<void>;
}

/** A browser sign-in that a cookie named, and the cookies that prolong it. */
export interface FoundSignIn extends BrowserSignInName {
  readonly setCookies: readonly string[];
}

/** The sign-in of browsers: cookies, and the calls under /api/auth that make and end them. */
export interface BrowserSignIn {
  /** Answers a request under /api/auth; `address` is noted with the sign-in. */
  handle(request: Request, address: string | null): Promise<Response>;
  /**
   * The person whose cookie the request brings, and the cookies to renew with the answer; null without a valid one.
   * Where the request comes from is not checked here.
   */
  findUser(headers: Headers): Promise<FoundSignIn | null>;
}

/** The settings of the app itself; those of verbs are in the installation. */
export interface AppSettings {
  readonly version: string;
  /** Ranges whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** What our own web server shows to be believed who its visitor is; absent or null: no such server is known. */
  readonly frontDoorSecret?: string | null;
  /** null: the cleanup endpoint does not exist. */
  readonly cronSecret: string | null;
  /** null: /metrics answers loopback only. */
  readonly metricsToken: string | null;
  /** Requests one credential, or one address without a credential, may make in a minute. */
  readonly requestsPerMinute: number;
  /** A handler that needs longer is answered for with 503; streams do not count. */
  readonly handlerTimeoutMs: number;
  /** Body size limit unless a route says otherwise. */
  readonly bodyBytesMax: number;
}

/** The standard limits of an app, for everything an installation does not set. */
export const standardLimits = {
  requestsPerMinute: 600,
  handlerTimeoutMs: 30_000,
  bodyBytesMax: 64 * 1024,
} as const;

/** Everything the app is made of; nothing is read from the environment or a module. */
export interface AppDeps {
  /** Everything of a verb's context but who asks and from where. */
  readonly base: Omit<ServiceContext, "actor" | "request">;
  readonly settings: AppSettings;
  readonly logger: AppLogger;
  readonly metrics: Metrics;
  readonly setupCode: SetupCode;
  readonly browserSignIn: BrowserSignIn;
  /** The script of the page at /docs; null: there is no such page. */
  readonly documentation: ReadReferenceScript | null;
  /** Every setting of the process, for the list that admins see; secrets are shown as set or not. */
  readonly configuration: Settings;
  /** Aborted when the process stops, so that open streams end. */
  readonly stopping: AbortSignal;
}

/** The request as verbs see it, before anybody is known. */
export const anonymousContext = (deps: AppDeps, request: RequestInfo): ServiceContext => ({
  ...deps.base,
  actor: { kind: "anonymous" },
  request,
});
