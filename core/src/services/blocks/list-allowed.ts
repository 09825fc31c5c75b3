import { allowedContacts, callers } from "@switchboard/db/schema";
import { and, desc, eq, lt } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { authorizeBot } from "../access.ts";
import { type Page, readCursor, toPage } from "../pages.ts";
import { toAllowView } from "./allow-view.ts";
import type { AllowedContactView, ListAllowedInput } from "./schemas.ts";
import { containsText } from "./search.ts";

/** The allow list of a bot, the newest entry first, entries that have run out included. */
export async function listAllowed(
  ctx: ServiceContext,
  input: { botId: string } & ListAllowedInput,
): Promise<Page<AllowedContactView>> {
  const bot = await authorizeBot(ctx, input.botId, "blocking:read");
  const nowMs = ctx.clock.nowMs();
  const before = readCursor(input.cursor);
  const { note } = allowedContacts;
  const rows = await ctx.db.reader
    .select({ allow: allowedContacts, caller: callers })
    .from(allowedContacts)
    .innerJoin(callers, eq(callers.id, allowedContacts.callerId))
    .where(
      and(
        eq(allowedContacts.botId, bot.id),
        input.search === undefined
          ? undefined
          : containsText(input.search, [callers.phoneNumber, callers.lid], [callers.name, note]),
        before === null ? undefined : lt(allowedContacts.id, before),
      ),
    )
    .orderBy(desc(allowedContacts.id))
    .limit(input.limit + 1);
  return toPage(
    rows,
    input.limit,
    (row) => row.allow.id,
    (row) => toAllowView(row.allow, row.caller, nowMs),
  );
}
