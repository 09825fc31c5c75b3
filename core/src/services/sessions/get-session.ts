import { isAlive } from "@switchboard/db/queries/custody";
import { type BotId, custody, sessionTokens } from "@switchboard/db/schema";
import { and, eq } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import type { Scope } from "../../domain/vocabulary.ts";
import { notFound } from "../../errors.ts";
import { type AuthorizedBot, authorizeBot, requireRecentPasswordOfPeople, scopesOf } from "../access.ts";
import { type AuthStateCopy, readAuthState } from "../auth-state/read-auth-state.ts";
import { requireForm, sealFor } from "./answer-form.ts";
import { authorizeBotOfToken } from "./authorize-token.ts";
import { mintToken, notPaired, subjectOf, subjectScopes, type TokenGrant, tokenSubject } from "./internal.ts";
import { noteDisclosure } from "./note-disclosure.ts";
import type { PlainSession, SessionView } from "./schemas.ts";

/**
 * The session of a bot and a session token for later: sealed to the recipient key of the API key that asks, or whose session
 * token was presented, and plain only for those without one who hold session:plain. Unless the key holds the bot's lease it is a
 * copy for reading, which must not be connected with: `lease: none` says so. Every disclosure is in the audit, in the
 * transaction that made the token.
 * @throws ServiceError not-found, scope-missing; recipient-key-required without recipient key and session:plain; not-paired;
 *   confirmation-required for people
 */
export async function getSession(ctx: ServiceContext, input: { botId: string }): Promise<SessionView> {
  const { bot, scopes, grant } = await authorizeReader(ctx, input.botId);
  const keyId = grant.subject.kind === "key" ? grant.subject.id : null;
  const recipient = await requireForm(ctx.db.reader, keyId, scopes);
  if (!bot.isLinked) throw notPaired();
  const lease = await findOwnLease(ctx, bot.id);
  const copy = await readAuthState(ctx, bot);
  if (copy.creds === null) throw notPaired();
  const { creds: credentials, revision } = copy;
  const plain = toPlain(copy);
  const session = recipient
    ? await sealFor(ctx, recipient, { keyId: grant.subject.id, botId: bot.id, lease, revision }, plain)
    : plain;
  const issued = await ctx.db.write(async (tx) => {
    await noteDisclosure(tx, ctx, bot, { keyId, recipient: recipient?.id ?? null, lease, revision });
    return mintToken(tx, ctx, grant, credentials);
  });
  const form = { session, sealed: recipient !== null, lease: lease ? "held-by-you" : "none" } as const;
  return { botId: bot.id, ...form, revision, ...issued };
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

/**
 * The bot's lease, when the API key that asks holds it now by the database's clock; null otherwise. A session token is for
 * processes that do not have the key, so to its bearer the lease is not theirs, even where the key behind it holds it.
 */
async function findOwnLease({ db, actor }: ServiceContext, botId: BotId) {
  if (actor.kind !== "api-key") return null;
  const isTheirs = and(eq(custody.botId, botId), eq(custody.holderKind, "key"), eq(custody.holderId, actor.keyId));
  const [row] = await db.reader
    .select({ leaseId: custody.leaseId, epoch: custody.epoch })
    .from(custody)
    .where(and(isTheirs, isAlive));
  return row && row.leaseId !== null ? { leaseId: row.leaseId, epoch: row.epoch } : null;
}

function toPlain(copy: AuthStateCopy): PlainSession {
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
