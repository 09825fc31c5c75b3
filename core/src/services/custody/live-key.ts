import { apiKeys, type BotId, type TeamId } from "@switchboard/db/schema";
import type { Reader } from "@switchboard/db/types";
import { and, eq, gt, isNull } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { looksLikeId } from "../../crypto/ids.ts";
import { assignedToWorkers } from "../../domain/vocabulary.ts";
import { invalid, ServiceError } from "../../errors.ts";
import { idPrefixes } from "../../ports/ids.ts";

type KeyRow = typeof apiKeys.$inferSelect;
type KeyContext = Pick<ServiceContext, "clock">;

/**
 * The key that is to hold a bot, looked up in the transaction of the grant: one that was revoked a moment ago gets none.
 * @throws ServiceError unauthenticated
 */
export async function requireLiveKey(reader: Reader, ctx: KeyContext, keyId: string, botId: BotId): Promise<KeyRow> {
  const key = await findLiveKey(reader, ctx, keyId);
  if (key && mayHold(key, botId)) return key;
  throw new ServiceError("unauthenticated", "This credential is not valid.");
}

/**
 * Checks for whom a bot is to be kept: `workers`, or a key of the same team that may hold it.
 * @throws ServiceError validation-failed
 */
export async function requireSuccessor(
  reader: Reader,
  ctx: KeyContext,
  bot: { readonly id: BotId; readonly teamId: TeamId },
  to: string,
): Promise<void> {
  if (to === assignedToWorkers) return;
  const key = looksLikeId(to, idPrefixes.key) ? await findLiveKey(reader, ctx, to) : null;
  if (key?.teamId === bot.teamId && mayHold(key, bot.id)) return;
  throw invalid("to", 'Write "workers", or the id of a key of your team that may lease this bot.');
}

/** The keys whose leases this key may go on with: itself, and those it took over from by rotation. */
export async function predecessorsOf(reader: Reader, key: KeyRow): Promise<readonly string[]> {
  const before = await reader
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(and(eq(apiKeys.successorId, key.id), eq(apiKeys.teamId, key.teamId)));
  return [key.id, ...before.map(({ id }) => id)];
}

async function findLiveKey(reader: Reader, { clock }: KeyContext, keyId: string): Promise<KeyRow | null> {
  const isLive = and(
    eq(apiKeys.id, keyId),
    isNull(apiKeys.revokedAtMs),
    isNull(apiKeys.disabledAtMs),
    gt(apiKeys.expiresAtMs, clock.nowMs()),
  );
  const [key] = await reader.select().from(apiKeys).where(isLive);
  return key ?? null;
}

const mayHold = (key: KeyRow, botId: BotId): boolean =>
  key.scopes.includes("session:lease") && (key.botIds === null || key.botIds.includes(botId));
