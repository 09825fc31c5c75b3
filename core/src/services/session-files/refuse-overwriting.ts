import { type BotId, bots } from "@switchboard/db/schema";
import { and, eq, isNull, ne } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { SealBrokenError } from "../../crypto/aead.ts";
import { findCredentialsConflict } from "../../domain/auth-credentials.ts";
import { parseJid } from "../../domain/jid.ts";
import { ServiceError } from "../../errors.ts";
import type { AuthorizedBot } from "../access.ts";
import { CREDS_ID, CREDS_TYPE } from "../auth-state/open-record-store.ts";
import { readRecordValues } from "../auth-state/read-record-values.ts";

type ReadContext = Pick<ServiceContext, "db" | "keyring" | "clock">;

/**
 * Keeps an import from destroying what somebody still needs: a session that is stored, of whatever device, since nothing in
 * the files says which of two states is the newer one; and a device that another bot of the team is, since two connections of one device end each other for ever.
 * @throws ServiceError already-paired, conflict; when forced only for the last of these
 */
export async function refuseOverwriting(
  ctx: ReadContext,
  bot: AuthorizedBot<"bots:write">,
  creds: string,
  isForced: boolean,
): Promise<void> {
  const twin = await findTwin(ctx, bot, creds);
  if (twin !== null)
    throw new ServiceError("conflict", `The bot ${twin} is this very device. Delete it, or import into it.`, {
      extra: { botId: twin },
    });
  if (isForced || !bot.isLinked) return;
  const stored = await readCreds(ctx, bot.id);
  if (stored === null) return;
  if (stored !== "unreadable" && isSameDevice(stored, creds))
    throw new ServiceError(
      "conflict",
      "The bot has a state of this session, which may be the newer one. Send `force` to replace it by the files.",
    );
  throw new ServiceError("already-paired", "The bot is linked as another device. Send `force` to replace its session.");
}

/** true for two states of one device, whichever is the newer one. */
function isSameDevice(stored: string, creds: string): boolean {
  const conflict = findCredentialsConflict(JSON.parse(stored), JSON.parse(creds));
  return conflict === null || conflict === "nextPreKeyId";
}

async function readCreds(ctx: ReadContext, botId: BotId): Promise<string | "unreadable" | null> {
  try {
    return (await readRecordValues(ctx, botId, CREDS_TYPE, [CREDS_ID])).get(CREDS_ID) ?? null;
  } catch (err) {
    if (err instanceof SealBrokenError) return "unreadable";
    throw err;
  }
}

/** The id of another linked bot of the team that has the same device; null when there is none. */
async function findTwin(ctx: ReadContext, bot: AuthorizedBot<"bots:write">, creds: string): Promise<BotId | null> {
  const phoneNumber = parseJid(JSON.parse(creds).me.id)?.user ?? "";
  const isSuspect = and(eq(bots.teamId, bot.teamId), ne(bots.id, bot.id), eq(bots.phoneNumber, phoneNumber));
  const isLinked = and(eq(bots.isLinked, true), isNull(bots.deletedAtMs));
  const suspects = await ctx.db.reader.select({ id: bots.id }).from(bots).where(and(isSuspect, isLinked));
  for (const { id } of suspects) {
    const stored = await readCreds(ctx, id);
    if (stored === null || stored === "unreadable") continue;
    if (isSameDevice(stored, creds)) return id;
  }
  return null;
}
