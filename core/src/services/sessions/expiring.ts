import { hasExpiringTokens, markExpiringTokens } from "@switchboard/db/queries/cleanup";
import type { ServiceContext } from "../../context.ts";
import { emit } from "../records.ts";
import { toTokenView } from "./internal.ts";

/** Tokens told of in one transaction; each takes statements of its own. */
export const EXPIRING_TOKENS_PER_BATCH = 50;

/** This acts for nobody. */
type ExpiringContext = Pick<ServiceContext, "db" | "clock" | "ids">;

/**
 * Tells with `session.token_expiring` of session tokens that are about to end, once each, however many processes do so at the same
 * time: ten minutes before its end, or a tenth of its life before it where that is shorter. Answers how many, {@link EXPIRING_TOKENS_PER_BATCH} at most: then there may
 * be more. Only reads where there is nothing to tell.
 */
export async function announceExpiringTokens(ctx: ExpiringContext): Promise<number> {
  const nowMs = ctx.clock.nowMs();
  if (!(await hasExpiringTokens(ctx.db.reader, nowMs))) return 0;
  return ctx.db.write(async (tx) => {
    const tokens = await markExpiringTokens(tx, nowMs, EXPIRING_TOKENS_PER_BATCH);
    for (const token of tokens) {
      const { teamId, botId } = token;
      await emit(tx, ctx, { type: "session.token_expiring", teamId, botId, data: toTokenView(token, nowMs) });
    }
    return tokens.length;
  });
}
