import type {
  BlockType,
  DefaultAction,
  GroupCallAction,
  LimitWindow,
  ScreeningMode,
  VideoCallAction,
} from "./vocabulary.ts";

/** Texts sent to callers who were turned away. An empty text sends nothing. */
export interface AutoReplySettings {
  /** For blocks, the limit and every rule without a text of its own. */
  readonly text: string;
  /** For video calls that are rejected because they are video. */
  readonly videoText: string;
  /** For rejected group calls; goes to the person who called, never to the group. */
  readonly groupText: string;
}

/** Most texts a bot sends; above a cap the call is still rejected, without a text. Zero sends none. */
export interface ReplyCaps {
  /** To one caller within any 60 minutes. */
  readonly perCallerPerHour: number;
  /** To all callers within any 60 seconds. */
  readonly perBotPerMinute: number;
  /** Callers of one calendar day in the bot's zone who never chatted with the bot. */
  readonly strangersPerDay: number;
}

/** How one bot screens its calls. A change applies from the next call; running blocks keep their end. */
export interface CallBlockingSettings {
  readonly enabled: boolean;
  readonly mode: ScreeningMode;
  /** Calls a caller has in one window before being blocked. Null: no limit. */
  readonly dailyLimit: number | null;
  readonly limitWindow: LimitWindow;
  /** IANA zone of the bot's calendar days. */
  readonly timeZone: string;
  /** What the limit creates. */
  readonly blockType: BlockType;
  /** Length of a temporary block, in hours of 3,600 s. */
  readonly blockHours: number;
  readonly autoReply: AutoReplySettings;
  readonly defaultAction: DefaultAction;
  readonly groupCalls: GroupCallAction;
  readonly videoCalls: VideoCallAction;
  /** Whether calls somebody answered on the phone count towards the limit. */
  readonly countAnswered: boolean;
  readonly replyCaps: ReplyCaps;
}

/** What a bot starts with, and what an omitted field of a full replacement becomes. Screening is off. */
export const defaultCallBlockingSettings: CallBlockingSettings = {
  enabled: false,
  mode: "enforce",
  dailyLimit: 3,
  limitWindow: "calendar-day",
  timeZone: "UTC",
  blockType: "temporary",
  blockHours: 24,
  autoReply: { text: "", videoText: "", groupText: "" },
  defaultAction: "ring",
  groupCalls: "ignore",
  videoCalls: "as-voice",
  countAnswered: true,
  replyCaps: { perCallerPerHour: 5, perBotPerMinute: 20, strangersPerDay: 50 },
};

/** Smallest and largest value of a number, both allowed. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** Calls per window. Zero is refused because it could mean "none" and "no limit"; null says the latter. */
export const dailyLimitBounds: Bounds = { min: 1, max: 1_000 };

/** Hours: one hour to 365 days. Longer is what permanent is for. */
export const blockHoursBounds: Bounds = { min: 1, max: 8_760 };

/** Longest reply, in characters (Unicode code points): longer texts are cut by phones' previews and read as spam. */
export const replyTextLengthMax = 1_000;

/** Texts to one caller in an hour: one a minute is already more than a person would send. */
export const perCallerPerHourBounds: Bounds = { min: 0, max: 60 };

/** Texts of a bot in a minute: 100 messages in 15 s are what WhatsApp calls near certain abuse; this is a quarter. */
export const perBotPerMinuteBounds: Bounds = { min: 0, max: 100 };

/** Strangers a day: messages to people who never wrote are what gets accounts restricted (error 463). */
export const strangersPerDayBounds: Bounds = { min: 0, max: 1_000 };

/** Things about valid settings an admin should be told. */
export type SettingsWarning = "many-strangers" | "blocks-not-enforced" | "nothing-rejected";

/**
 * What to warn about: more texts to strangers than the default; blocks that exist and are not enforced because
 * screening is off or only monitors; screening that is on and can reject nobody but those blocked by hand.
 */
export function settingsWarnings(settings: CallBlockingSettings, activeBlockCount: number): readonly SettingsWarning[] {
  const warnings: SettingsWarning[] = [];
  const { strangersPerDay } = settings.replyCaps;
  if (strangersPerDay > defaultCallBlockingSettings.replyCaps.strangersPerDay) warnings.push("many-strangers");
  const isEnforcing = settings.enabled && settings.mode === "enforce";
  if (!isEnforcing && activeBlockCount > 0) warnings.push("blocks-not-enforced");
  if (isEnforcing && activeBlockCount === 0 && !canReject(settings)) warnings.push("nothing-rejected");
  return warnings;
}

function canReject(settings: CallBlockingSettings): boolean {
  return (
    settings.dailyLimit !== null ||
    settings.defaultAction !== "ring" ||
    settings.videoCalls === "reject" ||
    settings.groupCalls === "reject"
  );
}
