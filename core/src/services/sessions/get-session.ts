import { sessionTokens } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { eq } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import type { Scope } from "../../domain/vocabulary.ts";
import { notFound, ServiceError } from "../../errors.ts";
import { type AuthorizedBot, authorizeBot, requireRecentPasswordOfPeople, scopesOf } from "../access.ts";
import { type AuthStateCopy, readAuthState } from "../auth-state/read-auth-state.ts";
import { emit, writeAudit } from "../records.ts";
import { authorizeBotOfToken } from "./authorize-token.ts";
import { mintToken, notPaired, subjectOf, subjectScopes, type TokenGrant, tokenSubject } from "./internal.ts";
import type { SessionView } from "./schemas.ts";

/**
 * The session of a bot and a session token for later. It is a copy for reading: without a lease it must not be
 * connected with, which `lease: none` says. Every disclosure is in the audit, in the transaction that made the token.
 * @throws ServiceError not-found, scope-missing; recipient-key-required without the scope session:plain; not-paired;
 *   confirmation-required for people
 */
export async function getSession(ctx: ServiceContext, input: { botId: string }): Promise<SessionView> {
  const reader = await authorizeReader(ctx, input.botId);
  if (!reader.scopes.includes("session:plain"))
    throw new ServiceError(
      "recipient-key-required",
      "This key may not read a session in plain form. Give it the scope session:plain, or register a recipient key.",
    );
  if (!reader.bot.isLinked) throw notPaired();
  const copy = await readAuthState(ctx, reader.bot);
  if (copy.creds === null) throw notPaired();
  const credentials = copy.creds;
  const issued = await ctx.db.write(async (tx) => {
    await noteDisclosure(tx, ctx, reader.bot, copy.revision);
    return mintToken(tx, ctx, reader.grant, credentials);
  });
  return {
    botId: reader.bot.id,
    session: toPlain(copy),
    sealed: false,
    revision: copy.revision,
    lease: "none",
    ...issued,
  };
}

/** Who reads, with which scopes, and for whom the token is made: a session token stands for its user or key. */
async function authorizeReader(
  ctx: ServiceContext,
  botId: string,
): Promise<{ bot: AuthorizedBot<"session:read">; scopes: readonly Scope[]; grant: TokenGrant }> {
  const expiresAtMs = ctx.clock.nowMs() + ctx.settings.sessionTokenTtlSeconds * 1000;
  if (ctx.actor.kind !== "session-token") {
    const bot = await authorizeBot(ctx, botId, "session:read");
    requireRecentPasswordOfPeople(ctx);
    const grant = { botId: bot.id, teamId: bot.teamId, subject: tokenSubject(ctx), expiresAtMs, renews: null };
    return { bot, scopes: scopesOf(ctx.actor), grant };
  }
  const { bot, row } = await authorizeBotOfToken(ctx, botId);
  const scopes = await subjectScopes(ctx.db.reader, row, ctx.clock.nowMs());
  if (!scopes?.includes("session:read")) throw notFound();
  const subject = subjectOf(row);
  // A fetch with a token must not outlive the chain that POST renews: the new token ends with the presented one.
  const grant = { botId: bot.id, teamId: bot.teamId, subject, expiresAtMs: row.expiresAtMs, renews: row };
  await ctx.db.writeBatch((statements) => [
    statements.update(sessionTokens).set({ lastUsedAtMs: ctx.clock.nowMs() }).where(eq(sessionTokens.id, row.id)),
  ]);
  return { bot, scopes, grant };
}

async function noteDisclosure(
  tx: Transaction,
  ctx: ServiceContext,
  bot: AuthorizedBot<"session:read">,
  revision: number,
) {
  const target = { teamId: bot.teamId, botId: bot.id };
  const detail = { form: "plain", revision };
  await writeAudit(tx, ctx, { action: "session.disclose", objectId: bot.id, ...target, detail });
  await emit(tx, ctx, { type: "session.disclosed", ...target, data: { botId: bot.id, ...detail } });
}

function toPlain(copy: AuthStateCopy): SessionView["session"] {
  const parse = (text: string) => JSON.parse(text) as Record<string, unknown>;
  const keys = Array.from(copy.keys, ([type, values]) => [
    type,
    Object.fromEntries(Array.from(values, ([id, value]) => [id, JSON.parse(value) as unknown])),
  ]);
  return {
    creds: parse(copy.creds ?? "{}"),
    keys: Object.fromEntries(keys) as Record<string, Record<string, unknown>>,
  };
}
