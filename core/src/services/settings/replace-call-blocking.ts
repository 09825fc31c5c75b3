import type { ServiceContext } from "../../context.ts";
import { authorizeBot } from "../access.ts";
import { type SettingsColumns, toStaffDigits } from "./internal.ts";
import type { CallBlockingView, ReplaceCallBlockingInput } from "./schemas.ts";
import { writeSettings } from "./write-settings.ts";

/**
 * Replaces a bot's settings; what the body left out has its default by now. Applies from the next call.
 * @throws ServiceError not-found, scope-missing; version-conflict when `version` is given and stale
 */
export async function replaceCallBlocking(
  ctx: ServiceContext,
  input: { botId: string } & ReplaceCallBlockingInput,
): Promise<CallBlockingView> {
  const bot = await authorizeBot(ctx, input.botId, "blocking:write");
  const columns: SettingsColumns = {
    isEnabled: input.enabled,
    mode: input.mode,
    dailyLimit: input.dailyLimit,
    limitWindow: input.limitWindow,
    timeZone: input.timeZone,
    blockType: input.blockType,
    blockHours: input.blockHours,
    replyText: input.autoReply.text,
    groupReplyText: input.autoReply.groupText,
    defaultAction: input.defaultAction,
    groupCalls: input.groupCalls,
    videoCalls: input.videoCalls,
    isAnsweredCounted: input.countAnswered,
    repliesPerCallerPerHour: input.replyCaps.perCallerPerHour,
    repliesPerBotPerMinute: input.replyCaps.perBotPerMinute,
    repliesToStrangersPerDay: input.replyCaps.strangersPerDay,
    staffNumbers: toStaffDigits(input.staffNumbers),
  };
  return writeSettings(ctx, bot, {
    action: "call-blocking.replace",
    version: input.version,
    columnsOf: () => columns,
  });
}
