import type { Inputs, Outputs } from "#lib/api/client.ts";

/** The settings as the api answers them. */
export type Settings = Outputs["callBlocking"]["get"];

/** The fields of the form. A number is null while its field is empty. */
export interface Draft {
  enabled: boolean;
  mode: Settings["mode"];
  /** false: no limit, whatever `dailyLimit` holds. */
  isLimited: boolean;
  dailyLimit: number | null;
  limitWindow: Settings["limitWindow"];
  timeZone: string;
  countAnswered: boolean;
  blockType: Settings["blockType"];
  blockHours: number | null;
  defaultAction: Settings["defaultAction"];
  videoCalls: Settings["videoCalls"];
  groupCalls: Settings["groupCalls"];
  replyText: string;
  groupText: string;
  perCallerPerHour: number | null;
  perBotPerMinute: number | null;
  strangersPerDay: number | null;
  staffNumbers: string[];
}

type Changes = Inputs["callBlocking"]["patch"]["changes"];

/** What the limit's field shows when there was none. */
const LIMIT_SUGGESTED = 3;

/** What each field is called, in the order of the form. */
export const fieldLabels: Readonly<Record<keyof Draft, string>> = {
  enabled: "Screen calls",
  mode: "Mode",
  isLimited: "Limit calls per caller",
  dailyLimit: "Calls allowed",
  limitWindow: "Counted within",
  timeZone: "Time zone",
  countAnswered: "Count answered calls",
  blockType: "Kind of block",
  blockHours: "Hours of a block",
  defaultAction: "Calls within the limit",
  videoCalls: "Video calls",
  groupCalls: "Group calls",
  replyText: "Reply",
  groupText: "Reply to group calls",
  perCallerPerHour: "Replies to one caller an hour",
  perBotPerMinute: "Replies a minute",
  strangersPerDay: "Strangers replied to a day",
  staffNumbers: "Staff numbers",
};

/** Every field's name. */
const fieldNames = Object.keys(fieldLabels).filter(isFieldName);

/** The form filled with what is stored. */
export const draftOf = (settings: Settings): Draft => ({
  enabled: settings.enabled,
  mode: settings.mode,
  isLimited: settings.dailyLimit !== null,
  dailyLimit: settings.dailyLimit ?? LIMIT_SUGGESTED,
  limitWindow: settings.limitWindow,
  timeZone: settings.timeZone,
  countAnswered: settings.countAnswered,
  blockType: settings.blockType,
  blockHours: settings.blockHours,
  defaultAction: settings.defaultAction,
  videoCalls: settings.videoCalls,
  groupCalls: settings.groupCalls,
  replyText: settings.autoReply.text,
  groupText: settings.autoReply.groupText,
  ...settings.replyCaps,
  staffNumbers: settings.staffNumbers.map((digits) => `+${digits}`),
});

/** The fields that differ. The limit's number means nothing where there is no limit. */
export function changedFields(before: Draft, after: Draft): (keyof Draft)[] {
  return fieldNames.filter((name) => {
    if (name === "dailyLimit" && !after.isLimited) return false;
    return JSON.stringify(before[name]) !== JSON.stringify(after[name]);
  });
}

/** The fields in which a draft differs from what is stored, as the api takes them. */
export function changesOf(stored: Settings, draft: Draft): Changes {
  const changes: Changes = {};
  for (const name of changedFields(draftOf(stored), draft)) {
    const { autoReply, replyCaps, ...rest } = changeOf[name](draft);
    Object.assign(changes, rest);
    if (autoReply) changes.autoReply = { ...changes.autoReply, ...autoReply };
    if (replyCaps) changes.replyCaps = { ...changes.replyCaps, ...replyCaps };
  }
  return changes;
}

/** The draft on top of newer settings: what was changed in it stays, everything else is as it is stored now. */
export function rebase(draft: Draft, base: Settings, newer: Settings): Draft {
  const mine = new Set(changedFields(draftOf(base), draft));
  const kept = Object.fromEntries(Object.entries(draft).filter(([name]) => isFieldName(name) && mine.has(name)));
  return { ...draftOf(newer), ...kept };
}

/** An empty field is a number that the api refuses. */
const numberOf = (value: number | null): number => value ?? -1;
const limitOf = (draft: Draft): Changes => ({ dailyLimit: draft.isLimited ? numberOf(draft.dailyLimit) : null });

const changeOf: Readonly<Record<keyof Draft, (draft: Draft) => Changes>> = {
  enabled: ({ enabled }) => ({ enabled }),
  mode: ({ mode }) => ({ mode }),
  isLimited: limitOf,
  dailyLimit: limitOf,
  limitWindow: ({ limitWindow }) => ({ limitWindow }),
  timeZone: ({ timeZone }) => ({ timeZone: timeZone.trim() }),
  countAnswered: ({ countAnswered }) => ({ countAnswered }),
  blockType: ({ blockType }) => ({ blockType }),
  blockHours: ({ blockHours }) => ({ blockHours: numberOf(blockHours) }),
  defaultAction: ({ defaultAction }) => ({ defaultAction }),
  videoCalls: ({ videoCalls }) => ({ videoCalls }),
  groupCalls: ({ groupCalls }) => ({ groupCalls }),
  replyText: ({ replyText }) => ({ autoReply: { text: replyText } }),
  groupText: ({ groupText }) => ({ autoReply: { groupText } }),
  perCallerPerHour: ({ perCallerPerHour }) => ({ replyCaps: { perCallerPerHour: numberOf(perCallerPerHour) } }),
  perBotPerMinute: ({ perBotPerMinute }) => ({ replyCaps: { perBotPerMinute: numberOf(perBotPerMinute) } }),
  strangersPerDay: ({ strangersPerDay }) => ({ replyCaps: { strangersPerDay: numberOf(strangersPerDay) } }),
  staffNumbers: ({ staffNumbers }) => ({ staffNumbers }),
};

function isFieldName(name: string): name is keyof Draft {
  return name in fieldLabels;
}
