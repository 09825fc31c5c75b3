import { countOf, instantOf, membersOf, textOf } from "../fields.ts";
import type { ApiClient } from "../http/api-client.ts";

/** How long an acquiring request may hang on the service's side, beyond what it was asked to wait. */
const ANSWER_MARGIN_MS = 10_000;

/** A lease as it was granted. Instants are the service's clock. */
export interface GrantedLease {
  readonly leaseId: string;
  readonly epoch: number;
  readonly expiresAtMs: number;
  /** The life it has from the answer on: less than was asked for where it ends before, whatever is renewed. */
  readonly ttlSeconds: number;
  /** When the lease ends however often it is renewed; null when it does not. */
  readonly maxExpiresAtMs: number | null;
  readonly revision: number;
  /** false: the holder before did not end cleanly, and the session has to be recovered before the first message. */
  readonly isClean: boolean;
  readonly token: string;
}

/** A takeover that goes on: ask again after so many seconds. */
export interface TakeoverPending {
  readonly retryAfterSeconds: number;
}

/** What an acquiring request asks for. */
export interface AcquireRequest {
  readonly ttlSeconds: number;
  readonly takeover: boolean;
  readonly waitSeconds: number;
  /** One for each wish: a repeated request with the same key is answered as the first. */
  readonly idempotencyKey: string;
}

/** The lease that is to live on. */
export interface ExtendRequest extends Pick<AcquireRequest, "ttlSeconds" | "idempotencyKey"> {
  readonly leaseId: string;
  readonly epoch: number;
}

/** What a renewal answered. */
export interface Renewal {
  readonly action: "none" | "drain";
  /** As of a {@link GrantedLease}. */
  readonly ttlSeconds: number;
  readonly token: string;
}

/** The calls of one bot's lease. Renewal, release and hand-over take the lease token: an API key could mean a later lease. */
export interface LeaseCalls {
  /** @throws LeaseHeldError, BotFrozenError, ApiError, UnreachableError */
  acquire(request: AcquireRequest, signal: AbortSignal): Promise<GrantedLease | TakeoverPending>;
  /** Gives the caller's lease a new greatest life. @throws ApiError conflict when it was asked back; ApiError, UnreachableError */
  extend(request: ExtendRequest, signal: AbortSignal): Promise<GrantedLease>;
  /** @throws ApiError lease-lost, StaleEpochError, UnreachableError */
  renew(token: string, ttlSeconds: number, isStalled: boolean): Promise<Renewal>;
  /** @throws ApiError final-revision-mismatch, lease-lost; StaleEpochError, UnreachableError */
  release(token: string, finalRevision: number, isClean: boolean): Promise<void>;
  /** @throws ApiError, UnreachableError */
  handOver(token: string, to: string): Promise<void>;
  /** For whom the bot is kept or drains, else who should hold it: `workers` or the id of an API key. @throws ApiError, UnreachableError */
  whoseNext(): Promise<string>;
  /** The lease's own events. @throws ApiError, UnreachableError */
  events(token: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
}

/** The calls of api.md, "Lease". */
export function createLeaseCalls(api: ApiClient, apiKey: string, botId: string): LeaseCalls {
  const path = `/api/bots/${encodeURIComponent(botId)}/session/lease`;
  const ask = (idempotencyKey: string, wish: object, waitSeconds: number, signal: AbortSignal) =>
    api.send({
      method: "POST",
      path,
      credential: apiKey,
      headers: { "idempotency-key": idempotencyKey },
      body: JSON.stringify(wish),
      timeoutMs: waitSeconds * 1000 + ANSWER_MARGIN_MS,
      signal,
    });
  return {
    async acquire({ idempotencyKey, ...wish }, signal) {
      const { status, body } = await ask(idempotencyKey, wish, wish.waitSeconds, signal);
      return status === 202 ? { retryAfterSeconds: countOf(body, "retryAfterSeconds") } : readGrant(body);
    },
    async extend({ idempotencyKey, ttlSeconds, ...lease }, signal) {
      const { body } = await ask(idempotencyKey, { ttlSeconds, extends: lease }, 0, signal);
      return readGrant(body);
    },
    async renew(token, ttlSeconds, isStalled) {
      const wish = JSON.stringify({ ttlSeconds, stalled: isStalled });
      const { body } = await api.send({ method: "PATCH", path, credential: token, body: wish });
      const action = body.action === "drain" ? "drain" : "none";
      return { action, ttlSeconds: countOf(body, "ttlSeconds"), token: textOf(body, "token") };
    },
    async release(token, finalRevision, isClean) {
      const body = JSON.stringify({ finalRevision, clean: isClean });
      await api.send({ method: "DELETE", path, credential: token, body });
    },
    async handOver(token, to) {
      await api.send({ method: "POST", path: `${path}/handover`, credential: token, body: JSON.stringify({ to }) });
    },
    async whoseNext() {
      const { body } = await api.send({ method: "GET", path, credential: apiKey });
      const { reservedFor, drain, assignedTo } = body;
      return String(membersOf(reservedFor)?.to ?? membersOf(drain)?.to ?? assignedTo);
    },
    events: (token, signal) =>
      api.stream({
        method: "GET",
        path: `${path}/events`,
        credential: token,
        headers: { accept: "text/event-stream" },
        signal,
      }),
  };
}

function readGrant(body: Readonly<Record<string, unknown>>): GrantedLease {
  return {
    leaseId: textOf(body, "leaseId"),
    epoch: countOf(body, "epoch"),
    expiresAtMs: instantOf(body, "expiresAt"),
    ttlSeconds: countOf(body, "ttlSeconds"),
    maxExpiresAtMs: typeof body.maxExpiresAt === "string" ? instantOf(body, "maxExpiresAt") : null,
    revision: countOf(body, "revision"),
    isClean: body.clean === true,
    token: textOf(body, "token"),
  };
}
