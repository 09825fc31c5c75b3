import { sessionTokens } from "@switchboard/db/schema";
import { and, eq, gte, or } from "drizzle-orm";
import type { z } from "zod";
import type { Actor, ServiceContext } from "../../context.ts";
import { looksLikeId } from "../../crypto/ids.ts";
import type { SessionTokenInactiveReason } from "../../domain/vocabulary.ts";
import { notFound, ServiceError } from "../../errors.ts";
import { idPrefixes } from "../../ports/ids.ts";
import { authorizeBot, botIdsOf } from "../access.ts";
import { toInstant } from "../bots/internal.ts";
import { type Page, readNewestFirst } from "../pages.ts";
import { checkToken, mayComeFrom, toTokenView } from "./internal.ts";
import { revokeTokens } from "./revoke-tokens.ts";
import type { listTokensSchema, SessionTokenView, VerifiedToken, verifyTokenSchema } from "./schemas.ts";

/** The actor behind a session token; of a bad one the reason, which is for counting and not for whoever presented it. */
export async function authenticateSessionToken(
  ctx: ServiceContext,
  text: string,
): Promise<{ ok: true; actor: Actor } | { ok: false; reason: SessionTokenInactiveReason }> {
  const result = await checkToken(ctx, text);
  if (!result.ok) return result;
  if (!(await mayComeFrom(ctx, result.token.row))) return { ok: false, reason: "invalid" };
  const { id: tokenId, teamId, botId, subjectId: subject } = result.token.row;
  return { ok: true, actor: { kind: "session-token", tokenId, teamId, botId, subject } };
}

/**
 * Whether a token is good now, and for how long (after RFC 7662: a bad token is an answer, not an error). A token of
 * another team, or of a bot the API key is not for, is `invalid`, so that nothing can be learnt about it.
 * @throws ServiceError unauthenticated without a credential
 */
export async function verifyToken(
  ctx: ServiceContext,
  input: z.output<typeof verifyTokenSchema>,
): Promise<VerifiedToken> {
  const { actor } = ctx;
  if (!("teamId" in actor) || actor.kind === "session-token" || actor.kind === "lease-token")
    throw new ServiceError("unauthenticated", "Send an API key or a token.");
  const result = await checkToken(ctx, input.token);
  if (!result.ok) return { active: false, reason: result.reason };
  const { row } = result.token;
  const isHidden = botIdsOf(actor)?.includes(row.botId) === false;
  if (row.teamId !== actor.teamId || isHidden) return { active: false, reason: "invalid" };
  const remainingSeconds = Math.floor((row.expiresAtMs - ctx.clock.nowMs()) / 1000);
  return { active: true, botId: row.botId, expiresAt: toInstant(row.expiresAtMs), remainingSeconds };
}

/** The tokens made for a bot, newest first, never the tokens themselves. @throws ServiceError not-found, scope-missing */
export async function listTokens(
  ctx: ServiceContext,
  input: { botId: string } & z.output<typeof listTokensSchema>,
): Promise<Page<SessionTokenView>> {
  const bot = await authorizeBot(ctx, input.botId, "session:token");
  const nowMs = ctx.clock.nowMs();
  return readNewestFirst(
    input,
    sessionTokens.id,
    ({ isBeyond, order, rowsMax }) =>
      ctx.db.reader
        .select()
        .from(sessionTokens)
        .where(and(eq(sessionTokens.botId, bot.id), isBeyond))
        .orderBy(order)
        .limit(rowsMax),
    (row) => toTokenView(row, nowMs),
  );
}

/** Ends a token at once, and with it every token that was made from it. Safe to repeat. @throws ServiceError not-found, scope-missing */
export async function revokeToken(ctx: ServiceContext, input: { botId: string; tokenId: string }): Promise<void> {
  const bot = await authorizeBot(ctx, input.botId, "session:token");
  if (!looksLikeId(input.tokenId, idPrefixes.token)) throw notFound();
  await ctx.db.write(async (tx) => {
    const isTheirs = and(eq(sessionTokens.id, input.tokenId), eq(sessionTokens.botId, bot.id));
    const [known] = await tx.select().from(sessionTokens).where(isTheirs);
    if (!known) throw notFound();
    // Whoever held a leaked token may have renewed it: what the chain made since goes with it.
    const isMadeFromIt = or(
      isTheirs,
      and(eq(sessionTokens.chainId, known.chainId), gte(sessionTokens.issuedAtMs, known.issuedAtMs)),
    );
    await revokeTokens(tx, ctx, and(isMadeFromIt, eq(sessionTokens.botId, bot.id)));
  });
}
