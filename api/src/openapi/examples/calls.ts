import { at, ids, page } from "./common.ts";

const caller = {
  id: ids.caller,
  phoneNumber: "34600000001",
  lid: null,
  name: "Caller Example",
  block: { id: ids.block, expiresAt: at.tomorrow },
  allow: null,
};

const block = {
  id: ids.block,
  phoneNumber: "34600000001",
  lid: null,
  name: null,
  type: "temporary",
  origin: "manual",
  reason: "too many calls",
  note: null,
  createdAt: at.noon,
  createdBy: `api-key:${ids.key}`,
  expiresAt: at.tomorrow,
  active: true,
  hitCount: 0,
  lastHitAt: null,
  liftedAt: null,
  liftedBy: null,
  endedAt: null,
  endCause: null,
  mayNotMatchYet: true,
};

const allow = {
  id: ids.allow,
  phoneNumber: "34600000002",
  lid: null,
  name: null,
  note: "the courier",
  createdAt: at.noon,
  createdBy: `api-key:${ids.key}`,
  expiresAt: null,
  active: true,
  mayNotMatchYet: true,
};

const call = {
  id: ids.call,
  callId: "A1B2C3D4E5F60718",
  botId: ids.bot,
  caller,
  kind: "voice",
  video: false,
  groupJid: null,
  offline: false,
  late: false,
  startedAt: at.noon,
  receivedAt: at.noon,
  endedAt: null,
  ended: null,
  outcome: "blocked",
  reason: "limit-exceeded",
  ruleId: null,
  blockId: ids.block,
  counted: false,
  windowCount: 4,
  windowLimit: 3,
  rejectStatus: "confirmed",
  rejectAttempts: 1,
  rejectedAt: at.noon,
  replyStatus: "delivered",
  repliedAt: at.noon,
  would: null,
  trace: [
    { step: "staff", result: "passed", detail: {} },
    { step: "limit", result: "decided", detail: { count: 4, limit: 3 } },
  ],
};

const counts = {
  live: 4,
  late: 0,
  group: 0,
  byOutcome: { allowed: 3, rejected: 0, blocked: 1, observed: 0, failed: 0 },
};

const statistics = {
  from: at.weekBefore,
  to: at.noon,
  timeZone: "Europe/Madrid",
  total: 4,
  ...counts,
  callers: 1,
  blockedRatio: 0.25,
  days: [{ localDate: "2026-11-22", ...counts }],
  topCallers: [{ ...caller, calls: 4, blocked: 1, lastCallAt: at.noon }],
};

const settings = {
  enabled: true,
  mode: "enforce",
  dailyLimit: 3,
  limitWindow: "calendar-day",
  timeZone: "Europe/Madrid",
  blockType: "temporary",
  blockHours: 24,
  autoReply: { text: "Please write instead of calling.", groupText: "" },
  defaultAction: "ring",
  groupCalls: "ignore",
  videoCalls: "as-voice",
  countAnswered: true,
  replyCaps: { perCallerPerHour: 5, perBotPerMinute: 20, strangersPerDay: 50 },
  staffNumbers: [],
  version: 2,
  repliesSuspended: null,
};

const anyCall = { outcome: null, reason: null, kind: null, caller: null, from: null, to: null };

/** Answers about calls, blocks and the settings of screening, by the names of their schemas. */
export const callExamples: Readonly<Record<string, unknown>> = {
  CallBlocking: settings,
  BlockedContact: block,
  BlockedContactList: page(block, { status: "active" }),
  AllowedContact: allow,
  AllowedContactList: page(allow),
  Call: call,
  CallList: { items: [call], nextCursor: null, statistics, filters: { ...anyCall, outcome: "blocked" } },
  CallStatistics: statistics,
  CallLimit: {
    current_usage: 2,
    max_allowed: 3,
    time_period: "P1D",
    limit_expiration_time: "2026-11-22T23:00:00.000Z",
    caller: { id: ids.caller, phoneNumber: "34600000001", lid: null },
    block: null,
  },
};
