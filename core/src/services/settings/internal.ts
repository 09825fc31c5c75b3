import { type BotId, callBlockingSettings } from "@switchboard/db/schema";
import type { Reader } from "@switchboard/db/types";
import { eq } from "drizzle-orm";
import {
  type CallBlockingSettings,
  type SettingsWarning,
  settingsWarnings,
} from "../../domain/call-blocking-settings.ts";
import { normalizePhoneNumber } from "../../domain/phone-number.ts";
import { notFound, ServiceError } from "../../errors.ts";
import { countActiveBlocks } from "../blocks/internal.ts";
import { toInstant } from "../bots/internal.ts";
import type { CallBlockingView } from "./schemas.ts";

/** A bot's settings as the database holds them. */
export type SettingsRow = typeof callBlockingSettings.$inferSelect;

/** The columns people may set. */
export type SettingsColumns = Omit<
  SettingsRow,
  "botId" | "teamId" | "version" | "updatedAtMs" | "updatedBy" | "repliesSuspendedUntilMs" | "repliesSuspendedReason"
>;

/** What decisions are made from. A rejected video call gets the same text as any other rejected call. */
export function toDomainSettings(row: SettingsRow): CallBlockingSettings {
  return {
    enabled: row.isEnabled,
    mode: row.mode,
    dailyLimit: row.dailyLimit,
    limitWindow: row.limitWindow,
    timeZone: row.timeZone,
    blockType: row.blockType,
    blockHours: row.blockHours,
    autoReply: { text: row.replyText, videoText: row.replyText, groupText: row.groupReplyText },
    defaultAction: row.defaultAction,
    groupCalls: row.groupCalls,
    videoCalls: row.videoCalls,
    countAnswered: row.isAnsweredCounted,
    replyCaps: {
      perCallerPerHour: row.repliesPerCallerPerHour,
      perBotPerMinute: row.repliesPerBotPerMinute,
      strangersPerDay: row.repliesToStrangersPerDay,
    },
  };
}

/** The settings' row of a bot that exists. @throws ServiceError not-found when the bot went meanwhile */
export async function readSettings(reader: Reader, botId: BotId): Promise<SettingsRow> {
  const [row] = await reader.select().from(callBlockingSettings).where(eq(callBlockingSettings.botId, botId));
  if (!row) throw notFound();
  return row;
}

/** The representation of a bot's settings as they are now. @throws ServiceError not-found */
export async function viewSettings(reader: Reader, botId: BotId, nowMs: number): Promise<CallBlockingView> {
  const row = await readSettings(reader, botId);
  return toSettingsView(row, await countActiveBlocks(reader, botId, nowMs), nowMs);
}

/** @throws ServiceError version-conflict when `version` is given and is not the row's */
export function refuseStaleVersion(row: SettingsRow, version: number | undefined): void {
  if (version === undefined || version === row.version) return;
  throw new ServiceError("version-conflict", "Somebody changed these settings meanwhile. Read them again.", {
    extra: { version: row.version },
  });
}

/** Digits, each number once. The schemas have refused what is no number. */
export function toStaffDigits(numbers: readonly string[]): string[] {
  const digits = numbers
    .map((text) => normalizePhoneNumber(text))
    .flatMap((result) => (result.ok ? [result.digits] : []));
  return [...new Set(digits)];
}

function toSettingsView(row: SettingsRow, activeBlockCount: number, nowMs: number): CallBlockingView {
  const settings = toDomainSettings(row);
  const { videoText: _sameAsText, ...autoReply } = settings.autoReply;
  const warnings = settingsWarnings(settings, activeBlockCount).map((code) => ({ code, message: warningWords[code] }));
  const { repliesSuspendedUntilMs: untilMs, repliesSuspendedReason: reason } = row;
  const isSuspended = untilMs !== null && nowMs < untilMs;
  return {
    ...settings,
    autoReply,
    staffNumbers: row.staffNumbers,
    version: row.version,
    repliesSuspended: isSuspended ? { until: toInstant(untilMs), reason: reason ?? "unknown" } : null,
    ...(warnings.length > 0 ? { warnings } : {}),
  };
}

const warningWords: Readonly<Record<SettingsWarning, string>> = {
  "many-strangers":
    "Texts to people who never wrote to the bot are what gets accounts restricted. More than 50 a day is a risk.",
  "blocks-not-enforced": "There are blocked contacts, but screening is off or only monitors: their calls ring.",
  "nothing-rejected": "Screening is on, but no limit and no rule is set: nobody is rejected.",
};
