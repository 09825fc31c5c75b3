import type { BotId, TeamId } from "@switchboard/db/schema";
import type { Database } from "@switchboard/db/types";
import type { Keyring } from "./crypto/keyring.ts";
import type { Role, Scope } from "./domain/vocabulary.ts";
import type { Clock } from "./ports/clock.ts";
import type { Ids } from "./ports/ids.ts";
import type { Passwords } from "./ports/passwords.ts";
import type { NamedQuotaState } from "./services/limits/take-point.ts";

/** Who asks. Every verb gets one; there is no default. */
export type Actor =
  | {
      readonly kind: "user";
      readonly userId: string;
      readonly teamId: TeamId;
      readonly role: Role;
      /** The browser sign-in behind the request; null for work that no browser began. */
      readonly signInId: string | null;
      /** When the password was last given in this sign-in. */
      readonly confirmedAtMs: number;
    }
  | {
      readonly kind: "personal-access-token";
      readonly tokenId: string;
      readonly userId: string;
      readonly teamId: TeamId;
      readonly role: Role;
      /** When the password was last given with this token, or for it. */
      readonly confirmedAtMs: number;
    }
  | {
      readonly kind: "api-key";
      readonly keyId: string;
      readonly teamId: TeamId;
      readonly scopes: readonly Scope[];
      /** null: every bot of the team. */
      readonly botIds: readonly BotId[] | null;
      /** The key's own quota; null: the installation's. */
      readonly requestsPerMinute: number | null;
    }
  | {
      readonly kind: "session-token";
      readonly tokenId: string;
      readonly teamId: TeamId;
      readonly botId: BotId;
      /** User or key id the token was made for. */
      readonly subject: string;
    }
  | {
      /** A microservice that holds a bot, by the token of its lease. */
      readonly kind: "lease-token";
      readonly leaseId: string;
      readonly epoch: number;
      readonly teamId: TeamId;
      readonly botId: BotId;
      /** The API key that was granted the lease. */
      readonly keyId: string;
    }
  | { readonly kind: "worker"; readonly workerId: string }
  /** A part of the product itself: cron, setup, cleanup. */
  | { readonly kind: "system"; readonly name: string }
  | { readonly kind: "anonymous" };

/** Where a request came from; all null for work that no request began. */
export interface RequestInfo {
  readonly id: string | null;
  /** The client's address behind trusted proxies. */
  readonly address: string | null;
  readonly userAgent: string | null;
}

/** The settings verbs need; read from the environment once by the process. */
export interface ServiceSettings {
  /** The origin that people and tokens know this installation by. */
  readonly publicUrl: string;
  readonly sessionTokenTtlSeconds: number;
  readonly workerLeaseTtlSeconds: number;
  /** Life of a microservice's lease that asks for none. */
  readonly leaseTtlSeconds: number;
  /** How long after its end a microservice's lease is given up for lost; null: twice the life it was asked for. */
  readonly reclaimAfterSeconds: number | null;
  readonly callRetentionDays: number;
  readonly auditRetentionDays: number;
}

/** What every verb gets beside its input. */
export interface ServiceContext {
  readonly db: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly keyring: Keyring;
  readonly passwords: Passwords;
  readonly settings: ServiceSettings;
  readonly actor: Actor;
  readonly request: RequestInfo;
  /** Hears how each quota stands that a verb counted; absent where nobody is told. */
  readonly tellQuota?: ((quota: NamedQuotaState) => void) | undefined;
}

/** The request of work that no request began. */
export const noRequest: RequestInfo = { id: null, address: null, userAgent: null };

/** How an actor is written into audit rows and `createdBy` columns: `user:usr_…`, `api-key:key_…`, `worker:…`. */
export function actorName(actor: Actor): string {
  const id = actorId(actor);
  return id === null ? actor.kind : `${actor.kind}:${id}`;
}

/** Who is counted and named behind an actor: of a person's sign-ins and tokens the person, else the actor itself. */
export const principalName = (actor: Actor): string => ("userId" in actor ? `user:${actor.userId}` : actorName(actor));

/** The id of the actor within its kind; null for anonymous. */
export function actorId(actor: Actor): string | null {
  switch (actor.kind) {
    case "user":
      return actor.userId;
    case "personal-access-token":
      return actor.tokenId;
    case "api-key":
      return actor.keyId;
    case "session-token":
      return actor.tokenId;
    case "lease-token":
      return actor.leaseId;
    case "worker":
      return actor.workerId;
    case "system":
      return actor.name;
    case "anonymous":
      return null;
  }
}
