import { isActive, selectBlocks } from "@switchboard/db/queries/blocks";
import {
  allowedContacts,
  type BotId,
  blockedContacts,
  bots,
  callBlockingSettings,
  callers,
} from "@switchboard/db/schema";
import { and, eq } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import type { BlockRow } from "../../domain/blocks.ts";
import type { CallBlockingSettings } from "../../domain/call-blocking-settings.ts";
import type { CallerIdentity } from "../../domain/caller-identity.ts";
import { notFound } from "../../errors.ts";
import { toDomainSettings } from "../settings/internal.ts";

/** What a holder keeps in memory for the time the database does not answer; see degraded-screening.ts. */
export interface ScreeningMemory {
  readonly settings: CallBlockingSettings;
  /** Each is enforced until its own end. */
  readonly blocks: readonly { readonly names: CallerIdentity; readonly block: BlockRow }[];
  /** The bot itself, staff, and the allow list, as it was: who is let through whatever the blocks say. */
  readonly letThrough: readonly CallerIdentity[];
}

/**
 * What there is to remember of a bot now. One read; take it again after each screened call or every minute, since what
 * was blocked after it is not known while the database is away.
 * @throws ServiceError not-found
 */
export async function readScreeningMemory(
  ctx: Pick<ServiceContext, "db" | "clock">,
  botId: BotId,
): Promise<ScreeningMemory> {
  const nowMs = ctx.clock.nowMs();
  const [[row], blocked, allowed] = await ctx.db.readBatch((reader) => [
    reader
      .select({ bot: bots, settings: callBlockingSettings })
      .from(callBlockingSettings)
      .innerJoin(bots, eq(bots.id, callBlockingSettings.botId))
      .where(eq(callBlockingSettings.botId, botId)),
    selectBlocks(reader).where(and(eq(blockedContacts.botId, botId), isActive(nowMs))),
    reader
      .select({ caller: callers, allow: allowedContacts })
      .from(allowedContacts)
      .innerJoin(callers, eq(callers.id, allowedContacts.callerId))
      .where(eq(allowedContacts.botId, botId)),
  ]);
  if (!row) throw notFound();
  const running = allowed.filter(({ allow }) => allow.expiresAtMs === null || nowMs < allow.expiresAtMs);
  return {
    settings: toDomainSettings(row.settings),
    blocks: blocked.map(({ block, caller }) => ({ names: namesOf(caller), block })),
    letThrough: [
      namesOf(row.bot),
      ...row.settings.staffNumbers.map((pn) => ({ pn, lid: null })),
      ...running.map(({ caller }) => namesOf(caller)),
    ],
  };
}

const namesOf = (row: { readonly phoneNumber: string | null; readonly lid: string | null }): CallerIdentity => ({
  pn: row.phoneNumber,
  lid: row.lid,
});
