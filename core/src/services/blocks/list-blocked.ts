import { isActive, selectBlocks } from "@switchboard/db/queries/blocks";
import { blockedContacts, callers } from "@switchboard/db/schema";
import { and, eq, lt, not, type SQL } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { authorizeBot } from "../access.ts";
import { type Page, readCursor, toPage } from "../pages.ts";
import { toBlockView } from "./internal.ts";
import type { BlockedContactView, ListBlockedInput } from "./schemas.ts";
import { containsText } from "./search.ts";

/** The blocks of a bot, the newest first. `active` and `ended` go by the clock, marked or not. */
export async function listBlocked(
  ctx: ServiceContext,
  input: { botId: string } & ListBlockedInput,
): Promise<Page<BlockedContactView>> {
  const bot = await authorizeBot(ctx, input.botId, "blocking:read");
  const nowMs = ctx.clock.nowMs();
  const before = readCursor(input.cursor);
  const { reason, note } = blockedContacts;
  const rows = await selectBlocks(ctx.db.reader)
    .where(
      and(
        eq(blockedContacts.botId, bot.id),
        hasStatus(input.status, nowMs),
        input.search === undefined
          ? undefined
          : containsText(input.search, [callers.phoneNumber, callers.lid], [callers.name, reason, note]),
        before === null ? undefined : lt(blockedContacts.id, before),
      ),
    )
    .limit(input.limit + 1);
  return toPage(
    rows,
    input.limit,
    (row) => row.block.id,
    (row) => toBlockView(row.block, row.caller, nowMs),
  );
}

function hasStatus(status: ListBlockedInput["status"], nowMs: number): SQL | undefined {
  if (status === "all") return undefined;
  const active = isActive(nowMs);
  return status === "active" || active === undefined ? active : not(active);
}
