import { callBlockingSettings } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { actorName, type ServiceContext } from "../../context.ts";
import type { AuthorizedBot } from "../access.ts";
import { writeAudit } from "../records.ts";
import { readSettings, refuseStaleVersion, type SettingsColumns, type SettingsRow, viewSettings } from "./internal.ts";
import type { CallBlockingView } from "./schemas.ts";

/** A change of a bot's settings; `columnsOf` gets the row as it is inside the transaction. */
export interface SettingsChange {
  readonly action: "call-blocking.replace" | "call-blocking.patch";
  readonly version: number | undefined;
  columnsOf(row: SettingsRow): Partial<SettingsColumns>;
}

/**
 * Writes settings and raises their version, with the audit row, in one transaction. Running blocks are not touched: the
 * change applies from the next call. The audit names the fields that changed, not their texts.
 * @throws ServiceError version-conflict
 */
export async function writeSettings(
  ctx: ServiceContext,
  bot: AuthorizedBot<"blocking:write">,
  change: SettingsChange,
): Promise<CallBlockingView> {
  const nowMs = ctx.clock.nowMs();
  return ctx.db.write(async (tx) => {
    const row = await readSettings(tx, bot.id);
    refuseStaleVersion(row, change.version);
    const columns = change.columnsOf(row);
    const version = row.version + 1;
    await tx
      .update(callBlockingSettings)
      .set({ ...columns, version, updatedAtMs: nowMs, updatedBy: actorName(ctx.actor) })
      .where(eq(callBlockingSettings.botId, bot.id));
    const target = { objectId: bot.id, botId: bot.id, teamId: bot.teamId };
    const detail = { version, changed: changedNames(row, columns) };
    await writeAudit(tx, ctx, { action: change.action, ...target, detail });
    return viewSettings(tx, bot.id, nowMs);
  });
}

function changedNames(row: SettingsRow, columns: Partial<SettingsColumns>): string[] {
  const before = new Map<string, unknown>(Object.entries(row));
  return Object.entries(columns)
    .filter(([name, value]) => JSON.stringify(before.get(name)) !== JSON.stringify(value))
    .map(([name]) => name);
}
