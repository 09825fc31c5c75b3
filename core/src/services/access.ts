import { type BotId, bots, type TeamId } from "@switchboard/db/schema";
import type { Reader } from "@switchboard/db/types";
import { and, eq, isNull } from "drizzle-orm";
import type { Actor, ServiceContext } from "../context.ts";
import { looksLikeId } from "../crypto/ids.ts";
import { roleScopes, type Scope } from "../domain/vocabulary.ts";
import { notFound, ServiceError } from "../errors.ts";
import { idPrefixes } from "../ports/ids.ts";
import { askedBotId } from "./branded-ids.ts";

declare const checked: unique symbol;

/** A bot row as the database holds it. */
export type BotRow = typeof bots.$inferSelect;

/**
 * A bot on which the actor was found to hold scope S. Only {@link authorizeBot} makes one, and the functions that touch
 * a bot's things take nothing else, so that a verb which skips the check does not compile.
 */
export type AuthorizedBot<S extends Scope> = BotRow & { readonly [checked]: (scope: S) => void };

/** A team in which the actor was found to hold scope S; see {@link AuthorizedBot}. */
export interface AuthorizedTeam<S extends Scope | "team"> {
  readonly teamId: TeamId;
  readonly [checked]: (scope: S) => void;
}

/**
 * The bot, when the actor may do `scope` to it.
 * @throws ServiceError unauthenticated; not-found for missing, foreign, malformed and not-listed bots alike;
 *   scope-missing when the actor may see the bot but not do this
 */
export async function authorizeBot<S extends Scope>(
  ctx: ServiceContext,
  botId: string,
  scope: S,
  reader: Reader = ctx.db.reader,
): Promise<AuthorizedBot<S>> {
  const teamId = teamOf(ctx.actor);
  if (!looksLikeId(botId, idPrefixes.bot) || !mayNameBot(ctx.actor, botId)) throw notFound();
  const [bot] = await reader
    .select()
    .from(bots)
    .where(and(eq(bots.id, askedBotId(botId)), eq(bots.teamId, teamId), isNull(bots.deletedAtMs)));
  if (!bot) throw notFound();
  requireScope(ctx.actor, scope);
  return bot as AuthorizedBot<S>;
}

/** The actor's team, when the actor holds `scope` in it. @throws ServiceError unauthenticated, scope-missing */
export function authorizeTeam<S extends Scope>(ctx: ServiceContext, scope: S): AuthorizedTeam<S> {
  const teamId = teamOf(ctx.actor);
  requireScope(ctx.actor, scope);
  return { teamId } as AuthorizedTeam<S>;
}

/**
 * The team of a person who may manage it (API keys, tokens of others).
 * @throws ServiceError unauthenticated, forbidden for API keys and for roles below admin
 */
export function authorizeTeamAdmin(ctx: ServiceContext): AuthorizedTeam<"team"> & { readonly userId: string } {
  const { actor } = ctx;
  const teamId = teamOf(actor);
  if (actor.kind !== "user" && actor.kind !== "personal-access-token")
    throw new ServiceError("forbidden", "Only a signed-in admin may do this; an API key may not.");
  if (actor.role !== "owner" && actor.role !== "admin")
    throw new ServiceError("forbidden", "This needs the role admin or owner.");
  return { teamId, userId: actor.userId } as AuthorizedTeam<"team"> & { readonly userId: string };
}

/** A person who signed in, by cookie or with a personal access token. */
export type Person = Extract<Actor, { readonly kind: "user" | "personal-access-token" }>;

/**
 * The person who asks, whatever their role: for what people do to things of their own.
 * @throws ServiceError unauthenticated; forbidden for credentials that stand for no person
 */
export function authorizePerson({ actor }: Pick<ServiceContext, "actor">): Person {
  if (actor.kind === "user" || actor.kind === "personal-access-token") return actor;
  if (actor.kind === "api-key" || actor.kind === "session-token" || actor.kind === "lease-token")
    throw new ServiceError("forbidden", "This credential stands for no person.");
  throw new ServiceError("unauthenticated", "Sign in first.");
}

/** Seconds after the password was given in which sensitive changes are allowed without asking again (ASVS 5.0 7.5.1). */
export const RECENT_PASSWORD_SECONDS = 15 * 60;

/**
 * Lets only a person through who gave their password lately: a sign-in left open, or a stolen token, makes no new
 * credentials. Call it after the authorisation.
 * @throws ServiceError confirmation-required; forbidden for credentials that stand for no person
 */
export function requireRecentPassword({ actor, clock }: Pick<ServiceContext, "actor" | "clock">): void {
  if (actor.kind !== "user" && actor.kind !== "personal-access-token")
    throw new ServiceError("forbidden", "Only a signed-in person may do this.");
  if (actor.confirmedAtMs > clock.nowMs() - RECENT_PASSWORD_SECONDS * 1000) return;
  throw new ServiceError("confirmation-required", "Confirm your password first; this change is sensitive.");
}

/**
 * Asks people for a recent password, and keys and session tokens for nothing: for what leaves the installation with whoever
 * asks, where machines ask as well. Call it after the authorisation.
 * @throws ServiceError confirmation-required
 */
export function requireRecentPasswordOfPeople(ctx: Pick<ServiceContext, "actor" | "clock">): void {
  const { kind } = ctx.actor;
  if (kind === "user" || kind === "personal-access-token") requireRecentPassword(ctx);
}

/** The scopes an actor holds; for people those of their role. */
export function scopesOf(actor: Actor): readonly Scope[] {
  switch (actor.kind) {
    case "user":
    case "personal-access-token":
      return roleScopes[actor.role];
    case "api-key":
      return actor.scopes;
    case "session-token":
    case "lease-token":
    case "worker":
    case "system":
    case "anonymous":
      return [];
  }
}

/** The bots an actor may name; null for all of its team. */
export function botIdsOf(actor: Actor): readonly BotId[] | null {
  if (actor.kind === "api-key") return actor.botIds;
  if (actor.kind === "session-token" || actor.kind === "lease-token") return [actor.botId];
  return null;
}

function teamOf(actor: Actor): TeamId {
  if (actor.kind === "user" || actor.kind === "personal-access-token" || actor.kind === "api-key") return actor.teamId;
  if (actor.kind === "session-token")
    throw new ServiceError("forbidden", "A session token can only fetch its session and renew itself.");
  if (actor.kind === "lease-token")
    throw new ServiceError(
      "forbidden",
      "A lease token only reads and writes the session it is for, and its own lease.",
    );
  throw new ServiceError("unauthenticated", "Send an API key or a token.");
}

const mayNameBot = (actor: Actor, botId: string): boolean => botIdsOf(actor)?.some((id) => id === botId) ?? true;

function requireScope(actor: Actor, scope: Scope): void {
  if (scopesOf(actor).includes(scope)) return;
  throw new ServiceError("scope-missing", `This needs the scope ${scope}.`, { extra: { requiredScope: scope } });
}
