import type { BlockRow } from "../blocks.ts";
import { type CallBlockingSettings, defaultCallBlockingSettings } from "../call-blocking-settings.ts";
import type { ReplyCounters } from "../reply.ts";
import { type CallerFacts, noRules, type ScreenedCall, type ScreeningInput } from "../screening-types.ts";

/** The instant the sample call reaches us: 2025-03-10 12:00 UTC. */
export const sampleNowMs = Date.UTC(2025, 2, 10, 12);

/** Screening on, three calls a day, a text to send. */
export const enforcing: CallBlockingSettings = {
  ...defaultCallBlockingSettings,
  enabled: true,
  autoReply: { text: "Please write to us.", videoText: "No video, please.", groupText: "No group calls, please." },
};

/** Nothing sent so far. */
export const noReplies: ReplyCounters = {
  callerLastHour: 0,
  botLastMinute: 0,
  strangersToday: 0,
  isCallerAmongStrangers: false,
  suspendedUntilMs: null,
};

/** A stranger on no list. */
export const stranger: CallerFacts = { isOwnNumber: false, isStaff: false, isAllowed: false, isKnown: false };

/** A live voice call, received 500 ms after it began. */
export const liveCall: ScreenedCall = {
  kind: "voice",
  offline: false,
  startedAtMs: sampleNowMs - 500,
  receivedAtMs: sampleNowMs,
};

/** A whole input: the first live call of a stranger, with the given parts changed. */
export function screeningInput(changes: Partial<ScreeningInput> = {}): ScreeningInput {
  return {
    nowMs: sampleNowMs,
    call: liveCall,
    settings: enforcing,
    caller: stranger,
    blocks: [],
    countedCalls: 0,
    replies: noReplies,
    rules: noRules,
    ...changes,
  };
}

/** An active block made an hour before the sample call by its limit, ending an hour after it, with changes. */
export function sampleBlock(changes: Partial<BlockRow> = {}): BlockRow {
  return {
    id: "blk_sample",
    origin: "limit",
    type: "temporary",
    createdAtMs: sampleNowMs - 3_600_000,
    expiresAtMs: sampleNowMs + 3_600_000,
    endedAtMs: null,
    ...changes,
  };
}
