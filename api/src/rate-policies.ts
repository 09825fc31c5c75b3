import { type Actor, principalName, type ServiceContext } from "@switchboard/core/context";
import { countedAddress } from "@switchboard/core/domain/ip-address";
import type { Quota } from "@switchboard/core/services/limits/point-leases";
import { proceduresOf } from "./trpc/procedure-path.ts";

/** Every quota the app itself counts is of a minute: long enough for bursts, short enough to wait for. */
export const WINDOW_SECONDS = 60;

/**
 * Tries with credentials that are refused, per address: whoever mistypes stays far below. It bounds what guesses cost us, not
 * what they may find: a right credential passes in any case, and that none is guessed lies in its 256 random bits.
 */
const REJECTED_CREDENTIALS = { perMinute: 60, partOfWhole: 1 / 10 };

/**
 * How many times the quota of a credential the holder of a bot has: each message costs it a batch or two, which WhatsApp's own
 * limits bound already, and a refused batch stops the bot.
 */
const HOLDER_FACTOR = 10;

/** A quota of its own for calls that cost more than others, or that are worth more to an attacker. */
interface CallPolicy {
  readonly name: string;
  readonly method: string;
  readonly path: RegExp;
  /** The procedures that do the same. */
  readonly procedures: readonly string[];
  readonly perMinute: number;
  /** Whoever has a larger quota may use this part of it for the call. */
  readonly partOfWhole: number;
}

/** Reads and opens every record of a bot and is a disclosure; a holder needs it once per connection. */
const SESSION: CallPolicy = {
  name: "session",
  method: "GET",
  path: /^\/api\/bots\/[^/]+\/session$/,
  procedures: [],
  perMinute: 120,
  partOfWhole: 1 / 5,
};

const CALL_POLICIES: readonly CallPolicy[] = [
  SESSION,
  {
    // Checks and seals, or opens, every record of a bot; people move a bot once.
    name: "session-files",
    method: "POST",
    path: /^\/api\/bots\/[^/]+\/session\/(import|export)$/,
    procedures: ["sessions.import", "sessions.export"],
    perMinute: 20,
    partOfWhole: 1 / 30,
  },
  {
    // Signs, seals and writes three rows; a token lives for a minute at least.
    name: "session-tokens",
    method: "POST",
    path: /^\/api\/bots\/[^/]+\/session$/,
    procedures: ["sessions.tokens.issue"],
    perMinute: 120,
    partOfWhole: 1 / 5,
  },
  {
    // Checks a signature for whoever asks, so it could be used to try forged tokens.
    name: "token-checks",
    method: "POST",
    path: /^\/api\/session-tokens\/verify$/,
    procedures: [],
    perMinute: 300,
    partOfWhole: 1 / 2,
  },
  {
    // Reads a key and checks a signature; a service is given a recipient key once.
    name: "recipient-keys",
    method: "POST",
    path: /^\/api\/keys\/[^/]+\/recipient(\/challenge)?$/,
    procedures: ["keys.recipient.challenge", "keys.recipient.set"],
    perMinute: 20,
    partOfWhole: 1 / 30,
  },
  {
    // Each one connects to WhatsApp, which restricts those who do so too often.
    name: "pairing",
    method: "POST",
    path: /^\/api\/bots\/[^/]+\/pairing$/,
    procedures: ["bots.pairing.request"],
    perMinute: 20,
    partOfWhole: 1 / 30,
  },
  {
    // The setup code has no throttle of its own.
    name: "setup",
    method: "POST",
    path: /^\/api\/setup$/,
    procedures: ["setup.complete"],
    perMinute: 20,
    partOfWhole: 1 / 30,
  },
];

/** A request as far as its quotas are concerned. */
export interface CountedRequest {
  readonly method: string;
  readonly path: string;
  readonly isRejected: boolean;
}

/**
 * The quotas a request counts against: that of its credential, or of its address without an accepted one; that of rejected
 * credentials; and those of the calls it makes.
 */
export function quotasOf(ctx: ServiceContext, request: CountedRequest, requestsPerMinute: number): Quota[] {
  const own = ownLimit(ctx.actor, requestsPerMinute);
  const owner = quotaOwner(ctx);
  const quotas = [quota("default", owner, own)];
  if (request.isRejected) {
    const limit = limitOf(REJECTED_CREDENTIALS, requestsPerMinute);
    quotas.push(quota("rejected-credentials", addressOwner(ctx), limit));
  }
  const procedures = proceduresOf(request.path);
  for (const policy of CALL_POLICIES) {
    const isCalled = request.method === policy.method && policy.path.test(request.path);
    if (!isCalled && !policy.procedures.some((name) => procedures.includes(name))) continue;
    quotas.push(quota(policy.name, owner, limitOf(policy, own)));
  }
  return quotas;
}

/**
 * What a holder's reading of credentials counts against: it is a disclosure as well, so it has the quota that its API key
 * has for sessions and not the larger one of holders.
 */
export const credentialsQuota = (keyId: string, requestsPerMinute: number): Quota =>
  quota(SESSION.name, `api-key:${keyId}`, limitOf(SESSION, requestsPerMinute));

function ownLimit(actor: Actor, requestsPerMinute: number): number {
  if (actor.kind === "lease-token") return requestsPerMinute * HOLDER_FACTOR;
  return ("requestsPerMinute" in actor ? actor.requestsPerMinute : null) ?? requestsPerMinute;
}

/** How many points a request costs: a batch of procedures as many as it calls. */
export const costOf = (path: string): number => Math.max(1, proceduresOf(path).length);

const limitOf = ({ perMinute, partOfWhole }: Pick<CallPolicy, "perMinute" | "partOfWhole">, whole: number): number =>
  Math.max(perMinute, Math.floor(whole * partOfWhole));

const quota = (policy: string, owner: string, limit: number): Quota => ({
  policy,
  key: `${policy}:${owner}`,
  limit,
  windowSeconds: WINDOW_SECONDS,
});

/**
 * Requests without a credential share the quota of their address; all sign-ins and tokens of a person share one. Session tokens share that of whom they were made for:
 * a use of one makes the next, so a quota of each token's own would never end.
 */
function quotaOwner(ctx: ServiceContext): string {
  const { actor } = ctx;
  if (actor.kind === "anonymous") return addressOwner(ctx);
  return actor.kind === "session-token" ? `session-tokens-of:${actor.subject}` : principalName(actor);
}

const addressOwner = ({ request }: ServiceContext): string => `address:${countedAddress(request.address)}`;
