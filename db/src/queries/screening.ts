import { and, eq, gt, gte, inArray, lt, notInArray, or, type SQL, sql } from "drizzle-orm";
import { type BotId, bots, callBlockingSettings, earlyCallEnds, whatsappCalls } from "../schema/index.ts";
import type { Reader, Transaction } from "../types.ts";
import { type CallerStanding, packedStandings, unpackStandings } from "./callers.ts";
import type { LeaseName } from "./custody.ts";
import { packedColumns, packedInsert, unpackRow } from "./packed-rows.ts";

/** A call's row. */
export type CallRow = typeof whatsappCalls.$inferSelect;

/** Statuses of a reply that may have reached the caller: these fill the caps. A failed one may have been delivered. */
const SENT_STATUSES: CallRow["replyStatus"][] = ["pending", "sent", "delivered", "read", "failed"];

/** What the start of a screening reads at once. */
export interface ScreeningStart {
  readonly bot: typeof bots.$inferSelect;
  readonly settings: typeof callBlockingSettings.$inferSelect;
  /** The row of this very call, when it was screened before. */
  readonly call: CallRow | null;
  /** The end of this call, when it came before its beginning. */
  readonly earlyEnd: typeof earlyCallEnds.$inferSelect | null;
  /** The persons known under the call's names. */
  readonly standings: readonly CallerStanding[];
}

/**
 * Everything a screening depends on but counts, fenced: null unless the lease is the bot's. Read in one statement inside
 * the transaction that writes, so that nothing read here can change before the commit. A lease that has run out is good
 * until somebody else acquires the bot.
 */
export async function readScreeningStart(
  reader: Pick<Reader, "all">,
  lease: LeaseName,
  callId: string,
  names: { readonly pn: string | null; readonly lid: string | null },
): Promise<ScreeningStart | null> {
  const isNamedSo = sql`callers.bot_id = custody.bot_id and (callers.phone_number = ${names.pn} or callers.lid = ${names.lid})`;
  const isThisCall = sql`where bot_id = custody.bot_id and call_id = ${callId}`;
  // drizzle's `get` throws where there is no row
  const [row] = await reader.all<{ start: string }>(sql`select json_array(${PACKED_BOT}, ${PACKED_SETTINGS},
    json((select ${PACKED_CALL} from whatsapp_calls ${isThisCall})),
    json((select ${PACKED_EARLY_END} from whatsapp_early_call_ends ${isThisCall})),
    json(${packedStandings(isNamedSo)})) as start
    from custody
    inner join bots on bots.id = custody.bot_id
    inner join call_blocking_settings on call_blocking_settings.bot_id = custody.bot_id
    where custody.bot_id = ${lease.botId} and custody.epoch = ${lease.epoch} and custody.lease_id = ${lease.leaseId}`);
  const parts: unknown = JSON.parse(row?.start ?? "null");
  if (!Array.isArray(parts)) return null;
  const bot = unpackRow(bots, parts[0]);
  const settings = unpackRow(callBlockingSettings, parts[1]);
  if (bot === null || settings === null) return null;
  const call = unpackRow(whatsappCalls, parts[2]);
  return { bot, settings, call, earlyEnd: unpackRow(earlyCallEnds, parts[3]), standings: unpackStandings(parts[4]) };
}

const PACKED_BOT = sql.raw(packedColumns(bots));
const PACKED_SETTINGS = sql.raw(packedColumns(callBlockingSettings));
const PACKED_CALL = sql.raw(packedColumns(whatsappCalls));
const PACKED_EARLY_END = sql.raw(packedColumns(earlyCallEnds));

/** Writes the row of a new call. A second row of the same call id is barred by the unique index. */
export async function insertCall(tx: Pick<Transaction, "run">, row: CallRow): Promise<void> {
  await tx.run(INSERT_CALL(row));
}

const INSERT_CALL = packedInsert(whatsappCalls);

/**
 * Calls of a person that count towards the limit in `startMs <= started < endMs`: those whose decision says so, without
 * the answered ones where the settings leave them out. Example: `2`.
 */
export async function countCountedCalls(
  reader: Reader,
  callerId: string,
  window: { readonly startMs: number; readonly endMs: number },
  isAnsweredCounted: boolean,
): Promise<number> {
  return reader.$count(whatsappCalls, isCounted(callerId, window, isAnsweredCounted));
}

/** When the first of those calls began; null: there is none. */
export async function firstCountedCallMs(
  reader: Reader,
  callerId: string,
  window: { readonly startMs: number; readonly endMs: number },
  isAnsweredCounted: boolean,
): Promise<number | null> {
  const [row] = await reader
    .select({ startedAtMs: whatsappCalls.startedAtMs })
    .from(whatsappCalls)
    .where(isCounted(callerId, window, isAnsweredCounted))
    .orderBy(whatsappCalls.startedAtMs)
    .limit(1);
  return row?.startedAtMs ?? null;
}

/** The instants after which a reply fills a cap; those of the hour and the minute are outside, midnight is inside. */
export interface ReplySpans {
  readonly hourAgoMs: number;
  readonly minuteAgoMs: number;
  readonly midnightMs: number;
}

/** What a bot has sent; see ReplyCounters of core. */
export interface SentReplies {
  readonly callerLastHour: number;
  readonly botLastMinute: number;
  readonly strangersToday: number;
  readonly isCallerAmongStrangers: boolean;
}

/** Counts the replies that fill the caps. Reserved ones count as sent, so that parallel calls cannot pass together. */
export async function countSentReplies(
  reader: Reader,
  botId: BotId,
  callerId: string,
  spans: ReplySpans,
): Promise<SentReplies> {
  const sinceMs = Math.min(spans.hourAgoMs + 1, spans.midnightMs);
  const isToStrangerToday = sql`${whatsappCalls.repliedAtMs} >= ${spans.midnightMs} and ${wasStranger}`;
  const [row] = await reader
    .select({
      callerLastHour: sql<number>`count(*) filter (where ${and(eq(whatsappCalls.callerId, callerId), gt(whatsappCalls.repliedAtMs, spans.hourAgoMs))})`,
      botLastMinute: sql<number>`count(*) filter (where ${gt(whatsappCalls.repliedAtMs, spans.minuteAgoMs)})`,
      strangersToday: sql<number>`count(distinct case when ${isToStrangerToday} then ${whatsappCalls.callerId} end)`,
      callerRepliesAsStranger: sql<number>`count(*) filter (where ${eq(whatsappCalls.callerId, callerId)} and ${isToStrangerToday})`,
    })
    .from(whatsappCalls)
    .where(
      and(
        eq(whatsappCalls.botId, botId),
        gte(whatsappCalls.repliedAtMs, sinceMs),
        inArray(whatsappCalls.replyStatus, SENT_STATUSES),
      ),
    );
  const { callerRepliesAsStranger = 0, ...counts } = row ?? noReplies;
  return { ...counts, isCallerAmongStrangers: callerRepliesAsStranger > 0 };
}

const noReplies = { callerLastHour: 0, botLastMinute: 0, strangersToday: 0, callerRepliesAsStranger: 0 };

/** Whether the person had not chatted with the bot when the text went out. */
const wasStranger: SQL = sql.raw(`not exists (select 1 from known_contacts
  where known_contacts.caller_id = whatsapp_calls.caller_id
  and known_contacts.first_message_at_ms <= whatsapp_calls.replied_at_ms)`);

function isCounted(
  callerId: string,
  window: { readonly startMs: number; readonly endMs: number },
  isAnsweredCounted: boolean,
): SQL | undefined {
  const isNotAnswered = or(
    sql`${whatsappCalls.ended} is null`,
    notInArray(whatsappCalls.ended, ["answered", "answered-elsewhere"]),
  );
  return and(
    eq(whatsappCalls.callerId, callerId),
    gte(whatsappCalls.startedAtMs, window.startMs),
    lt(whatsappCalls.startedAtMs, window.endMs),
    eq(whatsappCalls.isCounted, true),
    isAnsweredCounted ? undefined : isNotAnswered,
  );
}
