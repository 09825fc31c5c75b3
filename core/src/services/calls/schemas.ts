import { z } from "zod";
import {
  callActs,
  callEndings,
  callKinds,
  callOutcomes,
  callReasons,
  rejectStatuses,
  replyStatuses,
} from "../../domain/vocabulary.ts";
import { blockedContactSchema } from "../blocks/schemas.ts";

const instantSchema = z.iso.datetime({ offset: true });

/** Filters of the history; instants bound the time a call began, `from` inside and `to` outside. */
const filterFields = {
  outcome: z.enum(callOutcomes).optional(),
  reason: z.enum(callReasons).optional(),
  kind: z.enum(callKinds).optional(),
  /** A number, a LID (`…@lid`) or a caller id. */
  caller: z.string().min(1).max(64).optional(),
  from: instantSchema.optional(),
  to: instantSchema.optional(),
};

const isForward = (input: { from?: string | undefined; to?: string | undefined }): boolean =>
  input.from === undefined || input.to === undefined || Date.parse(input.from) < Date.parse(input.to);

const FORWARD = { message: "`from` must lie before `to`.", path: ["from"] };

export const listCallsSchema = z
  .strictObject({
    limit: z.coerce.number().int().min(1).max(200).default(50),
    cursor: z.string().max(200).optional(),
    ...filterFields,
  })
  .refine(isForward, FORWARD);

export const callStatisticsQuerySchema = z
  .strictObject({ from: instantSchema.optional(), to: instantSchema.optional() })
  .refine(isForward, FORWARD);

/** An entry of the block list or the allow list that holds now; `expiresAt` null: until somebody removes it. */
const standingSchema = z.object({ id: z.string(), expiresAt: z.string().nullable() });

/** Who called, under the names known by now, and how they stand now, whatever a call of theirs was decided by. */
const callerSchema = z.object({
  id: z.string(),
  /** E.164 digits. */
  phoneNumber: z.string().nullable(),
  lid: z.string().nullable(),
  name: z.string().nullable(),
  /** The block that turns them away now; null: none does. */
  block: standingSchema.nullable(),
  /** The entry of the allow list that lets them through now; null: none does. */
  allow: standingSchema.nullable(),
});

/** One step of the answer to "why?". */
export const traceStepSchema = z.object({
  step: z.string(),
  result: z.enum(["passed", "decided"]),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});

/** A call of the history as every transport shows it. */
export const callSchema = z.object({
  id: z.string(),
  /** WhatsApp's own id of the call. */
  callId: z.string(),
  botId: z.string(),
  caller: callerSchema,
  kind: z.enum(callKinds),
  video: z.boolean(),
  groupJid: z.string().nullable(),
  offline: z.boolean(),
  late: z.boolean(),
  startedAt: z.string(),
  receivedAt: z.string(),
  endedAt: z.string().nullable(),
  ended: z.enum(callEndings).nullable(),
  outcome: z.enum(callOutcomes),
  reason: z.enum(callReasons),
  ruleId: z.string().nullable(),
  blockId: z.string().nullable(),
  /** Whether it counts towards the limit. */
  counted: z.boolean(),
  windowCount: z.number().int().nullable(),
  windowLimit: z.number().int().nullable(),
  rejectStatus: z.enum(rejectStatuses),
  rejectAttempts: z.number().int(),
  rejectedAt: z.string().nullable(),
  replyStatus: z.enum(replyStatuses),
  repliedAt: z.string().nullable(),
  /** In monitor mode what would have been done; null otherwise. */
  would: z.object({ outcome: z.enum(callOutcomes), reason: z.enum(callReasons), act: z.enum(callActs) }).nullable(),
  trace: z.array(traceStepSchema),
});

const countsShape = {
  /** One caller, in time: these are split by outcome. */
  live: z.number().int(),
  /** One caller, too late to act on. */
  late: z.number().int(),
  group: z.number().int(),
  byOutcome: z.object({
    allowed: z.number().int(),
    rejected: z.number().int(),
    blocked: z.number().int(),
    observed: z.number().int(),
    failed: z.number().int(),
  }),
};

/** Numbers of a span; days are calendar days of the bot's zone. */
export const callStatisticsSchema = z.object({
  from: z.string(),
  to: z.string(),
  timeZone: z.string(),
  total: z.number().int(),
  ...countsShape,
  /** People behind the live calls. */
  callers: z.number().int(),
  /** Blocked live calls divided by all live calls; null without live calls. */
  blockedRatio: z.number().nullable(),
  days: z.array(z.object({ localDate: z.string(), ...countsShape })),
  topCallers: z.array(
    callerSchema.extend({ calls: z.number().int(), blocked: z.number().int(), lastCallAt: z.string() }),
  ),
});

/** A page of the history, with the numbers of the same span of time and the filters that were applied. */
export const callListSchema = z.object({
  items: z.array(callSchema),
  nextCursor: z.string().nullable(),
  statistics: callStatisticsSchema,
  filters: z.object({
    outcome: z.string().nullable(),
    reason: z.string().nullable(),
    kind: z.string().nullable(),
    caller: z.string().nullable(),
    from: z.string().nullable(),
    to: z.string().nullable(),
  }),
});

/** What is left of a caller's limit, in Meta's words. */
export const limitSchema = z.object({
  current_usage: z.number().int(),
  /** null: no limit. */
  max_allowed: z.number().int().nullable(),
  /** ISO 8601 duration: `P1D` a calendar day of the bot's zone, `PT24H` the last 24 hours. */
  time_period: z.enum(["P1D", "PT24H"]),
  /** When usage goes down by itself; null while nothing is used. */
  limit_expiration_time: z.string().nullable(),
  caller: z.object({ id: z.string().nullable(), phoneNumber: z.string().nullable(), lid: z.string().nullable() }),
  block: blockedContactSchema.nullable(),
});

export type ListCallsInput = z.output<typeof listCallsSchema>;
export type CallStatisticsQuery = z.output<typeof callStatisticsQuerySchema>;
export type CallView = z.infer<typeof callSchema>;
export type CallerView = z.infer<typeof callerSchema>;
export type CallStatisticsView = z.infer<typeof callStatisticsSchema>;
export type CallListView = z.infer<typeof callListSchema>;
export type LimitView = z.infer<typeof limitSchema>;
