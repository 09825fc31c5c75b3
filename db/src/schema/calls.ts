import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { bots } from "./bots.ts";
import { botIdText, flag, instantMs, json, must, oneOf, teamIdText } from "./columns.ts";
import { teams } from "./identity.ts";
import {
  BLOCK_ENDS,
  BLOCK_ORIGINS,
  BLOCK_TYPES,
  CALL_ENDS,
  CALL_KINDS,
  CALL_OUTCOMES,
  CALL_REASONS,
  DEFAULT_ACTIONS,
  GROUP_CALLS,
  LIMIT_WINDOWS,
  REJECT_STATUSES,
  REPLY_STATUSES,
  SCREENING_MODES,
  VIDEO_CALLS,
} from "./lists.ts";

const botId = () =>
  botIdText("bot_id")
    .notNull()
    .references(() => bots.id, { onDelete: "cascade" });
const teamId = () =>
  teamIdText("team_id")
    .notNull()
    .references(() => teams.id, { onDelete: "cascade" });
const callerId = () =>
  text("caller_id")
    .notNull()
    .references(() => callers.id, { onDelete: "cascade" });

/** A person who calls a bot: phone number and LID are two names of one row. */
export const callers = sqliteTable(
  "callers",
  {
    id: text("id").primaryKey(),
    teamId: teamId(),
    botId: botId(),
    /** E.164 digits without plus. */
    phoneNumber: text("phone_number"),
    /** The user part of the LID, digits only. */
    lid: text("lid"),
    name: text("name"),
    /** Calls before this instant no longer count: set when a block is created or lifted. */
    countFromMs: instantMs("count_from_at_ms").notNull().default(0),
    firstSeenAtMs: instantMs("first_seen_at_ms").notNull(),
    lastSeenAtMs: instantMs("last_seen_at_ms").notNull(),
  },
  (table) => [
    uniqueIndex("callers_bot_phone_number").on(table.botId, table.phoneNumber),
    uniqueIndex("callers_bot_lid").on(table.botId, table.lid),
    must("callers_identity", sql`${table.phoneNumber} is not null or ${table.lid} is not null`),
  ],
);

/** Callers who chatted with the bot, so that "stranger" means something. */
export const knownContacts = sqliteTable(
  "known_contacts",
  {
    botId: botId(),
    callerId: callerId(),
    name: text("name"),
    firstMessageAtMs: instantMs("first_message_at_ms").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.botId, table.callerId] }),
    index("known_contacts_caller").on(table.callerId),
  ],
);

/** Callers who are always let through. */
export const allowedContacts = sqliteTable(
  "whatsapp_allowed_contacts",
  {
    id: text("id").primaryKey(),
    teamId: teamId(),
    botId: botId(),
    callerId: callerId(),
    note: text("note"),
    createdBy: text("created_by").notNull(),
    createdAtMs: instantMs("created_at_ms").notNull(),
    expiresAtMs: instantMs("expires_at_ms"),
  },
  (table) => [
    uniqueIndex("allowed_contacts_bot_caller").on(table.botId, table.callerId),
    index("allowed_contacts_caller").on(table.callerId),
  ],
);

/** Every call once, with the verdict, its reason, and what became of it. */
export const whatsappCalls = sqliteTable(
  "whatsapp_calls",
  {
    id: text("id").primaryKey(),
    teamId: teamId(),
    botId: botId(),
    /** WhatsApp's id of the call. */
    callId: text("call_id").notNull(),
    callerId: callerId(),
    /** The address a reject must go to, unchanged from the offer (Baileys `WACallEvent.from`). */
    callFrom: text("call_from").notNull(),
    kind: text("kind", { enum: CALL_KINDS }).notNull(),
    isVideo: flag("is_video").notNull().default(false),
    groupJid: text("group_jid"),
    isOffline: flag("is_offline").notNull().default(false),
    isLate: flag("is_late").notNull().default(false),
    startedAtMs: instantMs("started_at_ms").notNull(),
    receivedAtMs: instantMs("received_at_ms").notNull(),
    endedAtMs: instantMs("ended_at_ms"),
    ended: text("ended", { enum: CALL_ENDS }),
    /** true once somebody of the bot's account took the call; it may still be going on. */
    isAccepted: flag("is_accepted").notNull().default(false),
    /** The surest sign of the end so far; `ended` is what it means together with the rest of the row. */
    endSign: text("end_sign", { enum: CALL_ENDS }),
    outcome: text("outcome", { enum: CALL_OUTCOMES }).notNull(),
    reason: text("reason", { enum: CALL_REASONS }).notNull(),
    ruleId: text("rule_id"),
    blockId: text("block_id"),
    /** true when the call counts towards the limit. */
    isCounted: flag("is_counted").notNull(),
    windowCount: integer("window_count"),
    windowLimit: integer("window_limit"),
    rejectStatus: text("reject_status", { enum: REJECT_STATUSES }).notNull().default("none"),
    rejectAttempts: integer("reject_attempts").notNull().default(0),
    rejectedAtMs: instantMs("rejected_at_ms"),
    replyStatus: text("reply_status", { enum: REPLY_STATUSES }).notNull().default("none"),
    replyMessageId: text("reply_message_id"),
    /** When the text was reserved, and later when it went out: the caps count from it. */
    repliedAtMs: instantMs("replied_at_ms"),
    /** In monitor mode what would have been done; null otherwise. */
    would: json<Record<string, unknown>>("would"),
    trace: json<unknown[]>("trace").notNull(),
  },
  (table) => [
    uniqueIndex("whatsapp_calls_bot_call").on(table.botId, table.callId),
    index("whatsapp_calls_caller_started").on(table.callerId, table.startedAtMs),
    index("whatsapp_calls_bot_started").on(table.botId, table.startedAtMs, table.id),
    index("whatsapp_calls_replied").on(table.botId, table.repliedAtMs).where(sql`replied_at_ms is not null`),
    index("whatsapp_calls_reply_message")
      .on(table.botId, table.replyMessageId)
      .where(sql`reply_message_id is not null`),
    index("whatsapp_calls_unfinished")
      .on(table.botId)
      .where(sql`reject_status = 'pending' or reply_status = 'pending'`),
    oneOf("whatsapp_calls_kind_list", table.kind, CALL_KINDS),
    oneOf("whatsapp_calls_outcome_list", table.outcome, CALL_OUTCOMES),
    oneOf("whatsapp_calls_reason_list", table.reason, CALL_REASONS),
    oneOf("whatsapp_calls_ended_list", table.ended, CALL_ENDS),
    oneOf("whatsapp_calls_end_sign_list", table.endSign, CALL_ENDS),
    oneOf("whatsapp_calls_reject_list", table.rejectStatus, REJECT_STATUSES),
    oneOf("whatsapp_calls_reply_list", table.replyStatus, REPLY_STATUSES),
  ],
);

/** Ends of calls whose beginning has not been seen: the client may swap the two, and a call that is over is not acted on. */
export const earlyCallEnds = sqliteTable(
  "whatsapp_early_call_ends",
  {
    botId: botId(),
    /** WhatsApp's id of the call. */
    callId: text("call_id").notNull(),
    isAccepted: flag("is_accepted").notNull().default(false),
    endSign: text("end_sign", { enum: CALL_ENDS }),
    endedAtMs: instantMs("ended_at_ms"),
    seenAtMs: instantMs("seen_at_ms").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.botId, table.callId] }),
    index("early_call_ends_seen").on(table.seenAtMs),
    oneOf("early_call_ends_sign_list", table.endSign, CALL_ENDS),
  ],
);

/** Blocks, past and present: one unended row per caller, history kept as rows. */
export const blockedContacts = sqliteTable(
  "whatsapp_blocked_contacts",
  {
    id: text("id").primaryKey(),
    teamId: teamId(),
    botId: botId(),
    callerId: callerId(),
    type: text("type", { enum: BLOCK_TYPES }).notNull(),
    origin: text("origin", { enum: BLOCK_ORIGINS }).notNull(),
    level: integer("level").notNull().default(0),
    reason: text("reason"),
    note: text("note"),
    tags: json<string[]>("tags"),
    callId: text("call_id"),
    createdBy: text("created_by").notNull(),
    createdAtMs: instantMs("created_at_ms").notNull(),
    expiresAtMs: instantMs("expires_at_ms"),
    hitCount: integer("hit_count").notNull().default(0),
    lastHitAtMs: instantMs("last_hit_at_ms"),
    liftedAtMs: instantMs("lifted_at_ms"),
    liftedBy: text("lifted_by"),
    liftReason: text("lift_reason"),
    /** Set when the block is over and told; the index below cannot know the clock, so an expired row may still be unended. */
    endedAtMs: instantMs("ended_at_ms"),
    endCause: text("end_cause", { enum: BLOCK_ENDS }),
  },
  (table) => [
    uniqueIndex("blocked_contacts_one_active").on(table.botId, table.callerId).where(sql`ended_at_ms is null`),
    index("blocked_contacts_caller").on(table.callerId),
    index("blocked_contacts_bot_created").on(table.botId, table.id),
    index("blocked_contacts_expiry").on(table.expiresAtMs).where(sql`ended_at_ms is null`),
    oneOf("blocked_contacts_type_list", table.type, BLOCK_TYPES),
    oneOf("blocked_contacts_origin_list", table.origin, BLOCK_ORIGINS),
    oneOf("blocked_contacts_end_list", table.endCause, BLOCK_ENDS),
    must(
      "blocked_contacts_expiry_matches_type",
      sql`(${table.type} = 'temporary') = (${table.expiresAtMs} is not null)`,
    ),
  ],
);

/** What a bot does with calls. A row is made with the bot; `version` rises with each change. */
export const callBlockingSettings = sqliteTable(
  "call_blocking_settings",
  {
    botId: botId().primaryKey(),
    teamId: teamId(),
    isEnabled: flag("is_enabled").notNull().default(false),
    mode: text("mode", { enum: SCREENING_MODES }).notNull().default("enforce"),
    /** null: no limit. */
    dailyLimit: integer("daily_limit").default(3),
    limitWindow: text("limit_window", { enum: LIMIT_WINDOWS }).notNull().default("calendar-day"),
    timeZone: text("time_zone").notNull().default("UTC"),
    blockType: text("block_type", { enum: BLOCK_TYPES }).notNull().default("temporary"),
    blockHours: integer("block_hours").notNull().default(24),
    replyText: text("reply_text").notNull().default(""),
    groupReplyText: text("group_reply_text").notNull().default(""),
    defaultAction: text("default_action", { enum: DEFAULT_ACTIONS }).notNull().default("ring"),
    groupCalls: text("group_calls", { enum: GROUP_CALLS }).notNull().default("ignore"),
    videoCalls: text("video_calls", { enum: VIDEO_CALLS }).notNull().default("as-voice"),
    isAnsweredCounted: flag("is_answered_counted").notNull().default(true),
    repliesPerCallerPerHour: integer("replies_per_caller_per_hour").notNull().default(5),
    repliesPerBotPerMinute: integer("replies_per_bot_per_minute").notNull().default(20),
    repliesToStrangersPerDay: integer("replies_to_strangers_per_day").notNull().default(50),
    /** E.164 digits of the people who run the bot; their calls always pass. */
    staffNumbers: json<string[]>("staff_numbers").notNull().default([]),
    version: integer("version").notNull().default(1),
    updatedAtMs: instantMs("updated_at_ms").notNull(),
    updatedBy: text("updated_by").notNull(),
    /** Replies are suspended until this instant after WhatsApp refused one (463, time-lock, 403); null: not suspended. */
    repliesSuspendedUntilMs: instantMs("replies_suspended_until_ms"),
    repliesSuspendedReason: text("replies_suspended_reason"),
  },
  (table) => [
    must("call_blocking_limit_range", sql`${table.dailyLimit} is null or ${table.dailyLimit} between 1 and 1000`),
    must("call_blocking_hours_range", sql`${table.blockHours} between 1 and 8760`),
    oneOf("call_blocking_mode_list", table.mode, SCREENING_MODES),
    oneOf("call_blocking_window_list", table.limitWindow, LIMIT_WINDOWS),
    oneOf("call_blocking_block_type_list", table.blockType, BLOCK_TYPES),
    oneOf("call_blocking_default_list", table.defaultAction, DEFAULT_ACTIONS),
    oneOf("call_blocking_group_list", table.groupCalls, GROUP_CALLS),
    oneOf("call_blocking_video_list", table.videoCalls, VIDEO_CALLS),
  ],
);
