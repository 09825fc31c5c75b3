import { apiKeys, type BotId, bots, type TeamId } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { and, desc, eq, inArray, isNull, lt } from "drizzle-orm";
import type { z } from "zod";
import { actorName, type ServiceContext } from "../../context.ts";
import { createCredential, credentialHmac } from "../../crypto/credential-format.ts";
import { looksLikeId } from "../../crypto/ids.ts";
import { isCidr } from "../../domain/access.ts";
import type { AuditAction } from "../../domain/vocabulary.ts";
import { invalid, notFound } from "../../errors.ts";
import { idPrefixes } from "../../ports/ids.ts";
import { authorizeTeamAdmin } from "../access.ts";
import { askedBotId } from "../branded-ids.ts";
import { type Page, readCursor, toPage } from "../pages.ts";
import { emit, writeAudit } from "../records.ts";
import { currentPepper, DAY_MS, toApiKeyView } from "./internal.ts";
import type { ApiKeyView, createApiKeySchema, listPageSchema } from "./schemas.ts";

/**
 * Makes an API key of the team. The answer holds the secret, which is stored nowhere and cannot be shown again.
 * @throws ServiceError forbidden below admin; validation-failed for unknown bots and bad CIDRs
 */
export async function createApiKey(
  ctx: ServiceContext,
  input: z.output<typeof createApiKeySchema>,
): Promise<ApiKeyView & { secret: string }> {
  const team = authorizeTeamAdmin(ctx);
  const badCidr = input.cidrs?.findIndex((cidr) => !isCidr(cidr)) ?? -1;
  if (badCidr >= 0) throw invalid(`cidrs.${badCidr}`, "Write an address range such as 203.0.113.0/24.");
  const credential = createCredential("sb_live_");
  const secretHmac = Buffer.from(await credentialHmac(currentPepper(ctx), credential.publicId, credential.secret));
  const nowMs = ctx.clock.nowMs();
  const view = await ctx.db.write(async (tx) => {
    const botIds = input.botIds && (await ownedBotIds(tx, team, input.botIds));
    const [row] = await tx
      .insert(apiKeys)
      .values({
        id: ctx.ids.next("key"),
        teamId: team.teamId,
        publicId: credential.publicId,
        secretHmac,
        pepperVersion: ctx.keyring.pepperVersion,
        name: input.name,
        scopes: input.scopes,
        botIds,
        cidrs: input.cidrs,
        createdBy: actorName(ctx.actor),
        createdAtMs: nowMs,
        expiresAtMs: nowMs + input.expiresInDays * DAY_MS,
      })
      .returning();
    if (!row) throw new Error("the key was not stored");
    const shown = toApiKeyView(row, nowMs);
    await writeAudit(tx, ctx, {
      ...auditOf("api-key.create", shown.id, team.teamId),
      detail: { scopes: input.scopes },
    });
    await emit(tx, ctx, { type: "key.created", teamId: team.teamId, data: shown });
    return shown;
  });
  return { ...view, secret: credential.text };
}

/** The team's API keys, newest first, without their secrets. @throws ServiceError forbidden below admin */
export async function listApiKeys(
  ctx: ServiceContext,
  input: z.output<typeof listPageSchema>,
): Promise<Page<ApiKeyView>> {
  const { teamId } = authorizeTeamAdmin(ctx);
  const before = readCursor(input.cursor);
  const rows = await ctx.db.reader
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.teamId, teamId), before === null ? undefined : lt(apiKeys.id, before)))
    .orderBy(desc(apiKeys.id))
    .limit(input.limit + 1);
  const nowMs = ctx.clock.nowMs();
  return toPage(
    rows,
    input.limit,
    (row) => row.id,
    (row) => toApiKeyView(row, nowMs),
  );
}

/** Ends a key for good: its next request is refused, and so are its session tokens. Safe to repeat. @throws ServiceError not-found, forbidden */
export async function revokeApiKey(ctx: ServiceContext, input: { keyId: string }): Promise<ApiKeyView> {
  const { teamId } = authorizeTeamAdmin(ctx);
  if (!looksLikeId(input.keyId, idPrefixes.key)) throw notFound();
  const nowMs = ctx.clock.nowMs();
  return ctx.db.write(async (tx) => {
    const isTheirs = and(eq(apiKeys.id, input.keyId), eq(apiKeys.teamId, teamId));
    const [revoked] = await tx
      .update(apiKeys)
      .set({ revokedAtMs: nowMs, revokedBy: actorName(ctx.actor) })
      .where(and(isTheirs, isNull(apiKeys.revokedAtMs)))
      .returning();
    const row = revoked ?? (await tx.select().from(apiKeys).where(isTheirs))[0];
    if (!row) throw notFound();
    const view = toApiKeyView(row, nowMs);
    if (!revoked) return view;
    await writeAudit(tx, ctx, auditOf("api-key.revoke", row.id, teamId));
    await emit(tx, ctx, { type: "key.revoked", teamId, data: view });
    return view;
  });
}

/** The bots by these ids. @throws ServiceError validation-failed where one is not the team's */
async function ownedBotIds(tx: Transaction, { teamId }: { teamId: TeamId }, ids: readonly string[]): Promise<BotId[]> {
  const isOwned = and(inArray(bots.id, ids.map(askedBotId)), eq(bots.teamId, teamId), isNull(bots.deletedAtMs));
  const owned = (await tx.select({ id: bots.id }).from(bots).where(isOwned)).map((bot) => bot.id);
  const ownedIds: ReadonlySet<string> = new Set(owned);
  const strange = ids.findIndex((id) => !ownedIds.has(id));
  if (strange >= 0) throw invalid(`botIds.${strange}`, "Your team has no such bot.");
  return owned;
}

const auditOf = (action: AuditAction, keyId: string, teamId: TeamId) => ({
  action,
  objectId: keyId,
  teamId,
});
