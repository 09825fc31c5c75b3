import { personalTokens } from "@switchboard/db/schema";
import type { Reader, Transaction } from "@switchboard/db/types";
import { and, asc, count, eq, gt, inArray, isNotNull, isNull, sql } from "drizzle-orm";
import type { ServiceContext } from "../../../context.ts";
import { ServiceError } from "../../../errors.ts";
import { writeAudit } from "../../records.ts";

/** Personal access tokens of one person that are good at the same time, in all teams together. */
export const LIVE_TOKENS_MAX = 50;

/** @throws ServiceError conflict for who has as many good tokens as a person may have */
export async function requireRoomForToken(tx: Reader, nowMs: number, userId: string): Promise<void> {
  if ((await countLive(tx, nowMs, userId)) < LIVE_TOKENS_MAX) return;
  throw new ServiceError("conflict", `You have ${LIVE_TOKENS_MAX} personal access tokens. Revoke one of them first.`);
}

/**
 * Makes room for the token of a sign-in, in the caller's transaction: nobody is kept out by sign-ins of before. The tokens
 * used longest ago end, those first for which no password was given since they were made: only sign-ins make such.
 */
export async function makeRoomForToken(tx: Transaction, ctx: ServiceContext, userId: string): Promise<void> {
  const nowMs = ctx.clock.nowMs();
  const surplus = (await countLive(tx, nowMs, userId)) - LIVE_TOKENS_MAX + 1;
  if (surplus <= 0) return;
  const oldest = await tx
    .select({ id: personalTokens.id })
    .from(personalTokens)
    .where(isLive(nowMs, userId))
    .orderBy(
      isNotNull(personalTokens.confirmedAtMs),
      sql`coalesce(${personalTokens.lastUsedAtMs}, ${personalTokens.createdAtMs})`,
      asc(personalTokens.id),
    )
    .limit(surplus);
  const ids = oldest.map(({ id }) => id);
  const ended = await tx
    .update(personalTokens)
    .set({ revokedAtMs: nowMs, revokedBy: `user:${userId}` })
    .where(inArray(personalTokens.id, ids))
    .returning();
  for (const { id, teamId } of ended)
    await writeAudit(tx, ctx, { action: "personal-token.revoke", objectId: id, teamId, detail: { why: "too-many" } });
}

async function countLive(reader: Reader, nowMs: number, userId: string): Promise<number> {
  const [row] = await reader.select({ live: count() }).from(personalTokens).where(isLive(nowMs, userId));
  return row?.live ?? 0;
}

const isLive = (nowMs: number, userId: string) =>
  and(eq(personalTokens.userId, userId), isNull(personalTokens.revokedAtMs), gt(personalTokens.expiresAtMs, nowMs));
