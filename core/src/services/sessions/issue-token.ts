import type { z } from "zod";
import type { ServiceContext } from "../../context.ts";
import { renewalLifetime } from "../../domain/session-token.ts";
import { notFound, ServiceError } from "../../errors.ts";
import { authorizeBot, requireRecentPasswordOfPeople } from "../access.ts";
import { CREDS_ID, CREDS_TYPE } from "../auth-state/open-record-store.ts";
import { readRecordValues } from "../auth-state/read-record-values.ts";
import { authorizeBotOfToken } from "./authorize-token.ts";
import { mintToken, notPaired, subjectOf, subjectScopes, type TokenGrant, tokenSubject } from "./internal.ts";
import type { issueTokenSchema } from "./schemas.ts";

/**
 * Makes a session token with a custom expiry. A session token may do this for its own bot only, which renews it; a chain
 * of renewals lives 30 days at the most, whatever expiry is asked for, and only while its key or person may do either.
 * @throws ServiceError not-found, scope-missing, not-paired; confirmation-required for people; unauthenticated when the chain of renewals is over
 */
export async function issueToken(
  ctx: ServiceContext,
  input: { botId: string } & z.output<typeof issueTokenSchema>,
): Promise<{ token: string; expiresAt: string }> {
  const seconds = input.expiresIn ?? ctx.settings.sessionTokenTtlSeconds;
  const grant = await authorizeGrant(ctx, input.botId, seconds);
  const values = await readRecordValues(ctx, grant.botId, CREDS_TYPE, [CREDS_ID]);
  const credentials = values.get(CREDS_ID);
  if (credentials === undefined) throw notPaired();
  return ctx.db.write((tx) => mintToken(tx, ctx, grant, credentials));
}

async function authorizeGrant(ctx: ServiceContext, botId: string, wishedSeconds: number): Promise<TokenGrant> {
  const nowMs = ctx.clock.nowMs();
  if (ctx.actor.kind !== "session-token") {
    const bot = await authorizeBot(ctx, botId, "session:token");
    requireRecentPasswordOfPeople(ctx);
    if (!bot.isLinked) throw notPaired();
    const expiresAtMs = nowMs + wishedSeconds * 1000;
    return { botId: bot.id, teamId: bot.teamId, subject: tokenSubject(ctx), expiresAtMs, renews: null };
  }
  const { bot, row } = await authorizeBotOfToken(ctx, botId);
  const scopes = await subjectScopes(ctx.db.reader, row, nowMs);
  if (!scopes?.includes("session:read") && !scopes?.includes("session:token")) throw notFound();
  if (!bot.isLinked) throw notPaired();
  const life = renewalLifetime(wishedSeconds, row.chainStartedAtMs, nowMs);
  if (!life.ok)
    throw new ServiceError(
      "unauthenticated",
      "This token was renewed for 30 days. Ask for a new one with the API key.",
    );
  const subject = subjectOf(row);
  return { botId: bot.id, teamId: bot.teamId, subject, expiresAtMs: nowMs + life.seconds * 1000, renews: row };
}
