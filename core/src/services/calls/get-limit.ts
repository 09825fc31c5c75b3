import type { CallerStanding } from "@switchboard/db/queries/callers";
import { countCountedCalls, firstCountedCallMs } from "@switchboard/db/queries/screening";
import type { Reader } from "@switchboard/db/types";
import type { ServiceContext } from "../../context.ts";
import { isBlockActive } from "../../domain/blocks.ts";
import type { CallBlockingSettings } from "../../domain/call-blocking-settings.ts";
import { dayMs } from "../../domain/time-window.ts";
import { authorizeBot } from "../access.ts";
import { toBlockView } from "../blocks/internal.ts";
import { toInstant } from "../bots/internal.ts";
import { findReference } from "../callers/caller-reference.ts";
import { readSettings, toDomainSettings } from "../settings/internal.ts";
import { callerWindow } from "./decide.ts";
import type { LimitView } from "./schemas.ts";

/**
 * What is left of a caller's limit now. `caller` is a `clr_` id, a LID (`…@lid`) or a number; somebody who never called
 * has used nothing.
 * @throws ServiceError not-found, scope-missing; validation-failed for what is no number
 */
export async function getLimit(ctx: ServiceContext, input: { botId: string; caller: string }): Promise<LimitView> {
  const bot = await authorizeBot(ctx, input.botId, "blocking:read");
  const { reader } = ctx.db;
  const nowMs = ctx.clock.nowMs();
  const { names, standing } = await findReference(reader, bot.id, input.caller);
  const settings = toDomainSettings(await readSettings(reader, bot.id));
  const usage = standing === null ? { count: 0, expiresAtMs: null } : await usageOf(reader, settings, standing, nowMs);
  const block = standing?.block ?? null;
  return {
    current_usage: usage.count,
    max_allowed: settings.dailyLimit,
    time_period: settings.limitWindow === "calendar-day" ? "P1D" : "PT24H",
    limit_expiration_time: usage.expiresAtMs === null ? null : toInstant(usage.expiresAtMs),
    caller: {
      id: standing?.caller.id ?? null,
      phoneNumber: standing?.caller.phoneNumber ?? names.pn,
      lid: standing?.caller.lid ?? names.lid,
    },
    block: standing && block && isBlockActive(block, nowMs) ? toBlockView(block, standing.caller, nowMs) : null,
  };
}

/** The calls used, and when the use goes down: at midnight of the zone, or when the first of them is a day old. */
async function usageOf(reader: Reader, settings: CallBlockingSettings, standing: CallerStanding, nowMs: number) {
  const window = callerWindow(settings, nowMs, standing, nowMs);
  const { id } = standing.caller;
  const count = await countCountedCalls(reader, id, window, settings.countAnswered);
  if (count === 0) return { count, expiresAtMs: null };
  if (settings.limitWindow === "calendar-day") return { count, expiresAtMs: window.endMs };
  const firstMs = await firstCountedCallMs(reader, id, window, settings.countAnswered);
  return { count, expiresAtMs: (firstMs ?? nowMs) + dayMs };
}
