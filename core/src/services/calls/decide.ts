import type { CallerStanding } from "@switchboard/db/queries/callers";
import { countCountedCalls, countSentReplies, type ScreeningStart } from "@switchboard/db/queries/screening";
import type { Reader } from "@switchboard/db/types";
import type { BlockRow } from "../../domain/blocks.ts";
import type { CallBlockingSettings } from "../../domain/call-blocking-settings.ts";
import { type CallerIdentity, isSameCaller } from "../../domain/caller-identity.ts";
import { countingWindow } from "../../domain/counting.ts";
import { type ReplyCounters, replyBotWindowMs, replyCallerWindowMs } from "../../domain/reply.ts";
import { decideCall } from "../../domain/screening.ts";
import { type CallDecision, type CallerFacts, noRules, type ScreeningInput } from "../../domain/screening-types.ts";
import { calendarDay } from "../../domain/time-window.ts";
import { toDomainSettings } from "../settings/internal.ts";
import type { IncomingCall } from "./incoming-call.ts";

/** What is known when a decision is made. */
export interface DecisionFacts {
  readonly start: ScreeningStart;
  readonly call: Pick<IncomingCall, "kind" | "isOffline" | "startedAtMs" | "receivedAtMs">;
  readonly standing: CallerStanding;
  readonly alias: CallerStanding | null;
}

/**
 * Decides one call on the state the reader sees; writes nothing. Replies are counted only where a text is wanted, since
 * most calls ring.
 */
export async function decide(reader: Reader, nowMs: number, facts: DecisionFacts): Promise<CallDecision> {
  const { start, call, standing } = facts;
  const settings = toDomainSettings(start.settings);
  const input: ScreeningInput = {
    nowMs,
    call: { kind: call.kind, offline: call.isOffline, startedAtMs: call.startedAtMs, receivedAtMs: call.receivedAtMs },
    settings,
    caller: callerFacts(facts, nowMs),
    blocks: blocksOf(facts),
    countedCalls: await countCalls(reader, settings, call.startedAtMs, standing, nowMs),
    replies: { ...noReplies, suspendedUntilMs: start.settings.repliesSuspendedUntilMs },
    rules: noRules,
  };
  const decision = decideCall(input);
  const wantsReply = decision.reply.status === "pending" || decision.would?.act === "reject-and-reply";
  if (!wantsReply) return decision;
  return decideCall({ ...input, replies: await countReplies(reader, nowMs, facts, settings) });
}

/** Calls of this person that count in the window of a call that began at `startedAtMs`, without that one. */
function countCalls(
  reader: Reader,
  settings: CallBlockingSettings,
  startedAtMs: number,
  standing: CallerStanding,
  nowMs: number,
): Promise<number> {
  const window = callerWindow(settings, startedAtMs, standing, nowMs);
  return countCountedCalls(reader, standing.caller.id, window, settings.countAnswered);
}

/** The span in which a call of this person counts, cut off at the last restart, marked or not. */
export function callerWindow(
  settings: CallBlockingSettings,
  startedAtMs: number,
  { caller, block }: CallerStanding,
  nowMs: number,
) {
  const lastRestart = { createdAtMs: caller.countFromMs, expiresAtMs: null, endedAtMs: null };
  return countingWindow(settings, startedAtMs, block === null ? [lastRestart] : [lastRestart, block], nowMs);
}

function callerFacts({ start, standing, alias }: DecisionFacts, nowMs: number): CallerFacts {
  const { bot, settings } = start;
  const identity: CallerIdentity = {
    pn: standing.caller.phoneNumber ?? alias?.caller.phoneNumber ?? null,
    lid: standing.caller.lid,
  };
  const allows = [standing.allow, alias?.allow ?? null];
  return {
    isOwnNumber: isSameCaller(identity, { pn: bot.phoneNumber, lid: bot.lid }),
    isStaff: identity.pn !== null && settings.staffNumbers.includes(identity.pn),
    isAllowed: allows.some((allow) => allow !== null && (allow.expiresAtMs === null || nowMs < allow.expiresAtMs)),
    isKnown: standing.known !== null || (alias?.known ?? null) !== null,
  };
}

function blocksOf({ standing, alias }: DecisionFacts): readonly BlockRow[] {
  return [standing.block, alias?.block ?? null].filter((block) => block !== null);
}

async function countReplies(
  reader: Reader,
  nowMs: number,
  { start, standing }: DecisionFacts,
  settings: CallBlockingSettings,
): Promise<ReplyCounters> {
  const sent = await countSentReplies(reader, start.bot.id, standing.caller.id, {
    hourAgoMs: nowMs - replyCallerWindowMs,
    minuteAgoMs: nowMs - replyBotWindowMs,
    midnightMs: calendarDay(nowMs, settings.timeZone).startMs,
  });
  return { ...sent, suspendedUntilMs: start.settings.repliesSuspendedUntilMs };
}

const noReplies = { callerLastHour: 0, botLastMinute: 0, strangersToday: 0, isCallerAmongStrangers: false };
