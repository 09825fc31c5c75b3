import type { ServiceContext } from "../../context.ts";
import { authorizeBot } from "../access.ts";
import { type SettingsColumns, type SettingsRow, toStaffDigits } from "./internal.ts";
import type { CallBlockingView, PatchCallBlockingInput } from "./schemas.ts";
import { writeSettings } from "./write-settings.ts";

/**
 * Changes parts of a bot's settings. Applies from the next call.
 * @throws ServiceError not-found, scope-missing; version-conflict when `version` is given and stale
 */
export async function patchCallBlocking(
  ctx: ServiceContext,
  input: { botId: string } & PatchCallBlockingInput,
): Promise<CallBlockingView> {
  const bot = await authorizeBot(ctx, input.botId, "blocking:write");
  return writeSettings(ctx, bot, {
    action: "call-blocking.patch",
    version: input.version,
    columnsOf: (row) => patched(row, input),
  });
}

/** Every column, the given ones changed; the caller compares. */
function patched(row: SettingsRow, input: PatchCallBlockingInput): SettingsColumns {
  const { autoReply = {}, replyCaps = {} } = input;
  return {
    isEnabled: input.enabled ?? row.isEnabled,
    mode: input.mode ?? row.mode,
    dailyLimit: input.dailyLimit === undefined ? row.dailyLimit : input.dailyLimit,
    limitWindow: input.limitWindow ?? row.limitWindow,
    timeZone: input.timeZone ?? row.timeZone,
    blockType: input.blockType ?? row.blockType,
    blockHours: input.blockHours ?? row.blockHours,
    replyText: autoReply.text ?? row.replyText,
    groupReplyText: autoReply.groupText ?? row.groupReplyText,
    defaultAction: input.defaultAction ?? row.defaultAction,
    groupCalls: input.groupCalls ?? row.groupCalls,
    videoCalls: input.videoCalls ?? row.videoCalls,
    isAnsweredCounted: input.countAnswered ?? row.isAnsweredCounted,
    repliesPerCallerPerHour: replyCaps.perCallerPerHour ?? row.repliesPerCallerPerHour,
    repliesPerBotPerMinute: replyCaps.perBotPerMinute ?? row.repliesPerBotPerMinute,
    repliesToStrangersPerDay: replyCaps.strangersPerDay ?? row.repliesToStrangersPerDay,
    staffNumbers: input.staffNumbers === undefined ? row.staffNumbers : toStaffDigits(input.staffNumbers),
  };
}
