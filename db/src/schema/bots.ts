import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { botIdText, bytes, flag, instantMs, json, must, oneOf, teamIdText } from "./columns.ts";
import { teams } from "./identity.ts";
import {
  BOT_STATES,
  COMMAND_KINDS,
  COMMAND_STATES,
  CUSTODY_STATES,
  DESIRED_STATES,
  HOLDER_KINDS,
  PAIRING_FAILURES,
  PAIRING_METHODS,
  PAIRING_STATES,
} from "./lists.ts";

/** A bot: the wish (desired state) of people and the truth (state) its holder last reported. */
export const bots = sqliteTable(
  "bots",
  {
    id: botIdText("id").primaryKey(),
    teamId: teamIdText("team_id")
      .notNull()
      .references(() => teams.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    desiredState: text("desired_state", { enum: DESIRED_STATES }).notNull().default("stopped"),
    state: text("state", { enum: BOT_STATES }).notNull().default("stopped"),
    stateSinceMs: instantMs("state_since_at_ms").notNull(),
    stateReason: text("state_reason"),
    /** E.164 digits of the account the bot is linked to; null before pairing. */
    phoneNumber: text("phone_number"),
    lid: text("lid"),
    pushName: text("push_name"),
    /** true once credentials of a linked device are stored. */
    isLinked: flag("is_linked").notNull().default(false),
    /** Who should hold the bot: `workers` or an API key id. */
    assignedTo: text("assigned_to").notNull().default("workers"),
    createdBy: text("created_by").notNull(),
    createdAtMs: instantMs("created_at_ms").notNull(),
    updatedAtMs: instantMs("updated_at_ms").notNull(),
    /** Set when an admin deletes the bot: it is gone for everybody, and its holder unlinks the device before the row goes. */
    deletedAtMs: instantMs("deleted_at_ms"),
  },
  (table) => [
    uniqueIndex("bots_team_name").on(table.teamId, table.name).where(sql`deleted_at_ms is null`),
    index("bots_desired_state").on(table.desiredState),
    oneOf("bots_desired_state_list", table.desiredState, DESIRED_STATES),
    oneOf("bots_state_list", table.state, BOT_STATES),
  ],
);

const botId = () =>
  botIdText("bot_id")
    .notNull()
    .references(() => bots.id, { onDelete: "cascade" });

/** The one pairing in progress of a bot; the code itself is sealed and short-lived, never an event. */
export const botPairings = sqliteTable(
  "bot_pairings",
  {
    botId: botId().primaryKey(),
    attemptId: text("attempt_id").notNull(),
    method: text("method", { enum: PAIRING_METHODS }).notNull(),
    phoneNumber: text("phone_number"),
    state: text("state", { enum: PAIRING_STATES }).notNull(),
    sealedSecret: bytes("sealed_secret"),
    reason: text("reason", { enum: PAIRING_FAILURES }),
    expiresAtMs: instantMs("expires_at_ms"),
    requestedBy: text("requested_by").notNull(),
    updatedAtMs: instantMs("updated_at_ms").notNull(),
  },
  (table) => [
    oneOf("bot_pairings_method_list", table.method, PAIRING_METHODS),
    oneOf("bot_pairings_state_list", table.state, PAIRING_STATES),
    oneOf("bot_pairings_reason_list", table.reason, PAIRING_FAILURES),
  ],
);

/** Who holds a bot's session. `epoch` only grows: it is the fencing token of every write to the auth records. */
export const custody = sqliteTable(
  "custody",
  {
    botId: botId().primaryKey(),
    epoch: integer("epoch").notNull().default(0),
    state: text("state", { enum: CUSTODY_STATES }).notNull().default("free"),
    holderKind: text("holder_kind", { enum: HOLDER_KINDS }),
    holderId: text("holder_id"),
    leaseId: text("lease_id"),
    grantedAtMs: instantMs("granted_at_ms"),
    expiresAtMs: instantMs("expires_at_ms").notNull().default(0),
    /** The life the lease was last asked for; null while nobody holds the bot. */
    ttlMs: integer("ttl_ms"),
    maxExpiresAtMs: instantMs("max_expires_at_ms"),
    notBeforeMs: instantMs("not_before_at_ms").notNull().default(0),
    /** Raised by one with each committed batch; the second half of the ETag. */
    authRevision: integer("auth_revision").notNull().default(0),
    isClean: flag("is_clean").notNull().default(true),
    wasClean: flag("was_clean").notNull().default(true),
    /** For whom the bot is kept once its holder lets go: `workers` or an API key id; null: nobody in particular. */
    handoverTo: text("handover_to"),
    reservedUntilMs: instantMs("reserved_until_ms"),
    /** While draining: when the holder must have let go. */
    drainDeadlineMs: instantMs("drain_deadline_at_ms"),
    /** Since when the holder says that its connection does not get on; null: it says nothing of the kind. */
    stalledSinceMs: instantMs("stalled_since_at_ms"),
  },
  (table) => [
    oneOf("custody_state_list", table.state, CUSTODY_STATES),
    oneOf("custody_holder_kind_list", table.holderKind, HOLDER_KINDS),
    must("custody_epoch_sign", sql`${table.epoch} >= 0 and ${table.authRevision} >= 0`),
  ],
);

/** A worker process that is or was alive. */
export const workers = sqliteTable("workers", {
  id: text("id").primaryKey(),
  instanceId: text("instance_id").notNull(),
  version: text("version").notNull(),
  startedAtMs: instantMs("started_at_ms").notNull(),
  lastSeenAtMs: instantMs("last_seen_at_ms").notNull(),
  stoppedAtMs: instantMs("stopped_at_ms"),
  botCount: integer("bot_count").notNull().default(0),
});

/** A one-off request to whoever holds the bot, with a deadline and a result. */
export const commands = sqliteTable(
  "commands",
  {
    id: text("id").primaryKey(),
    teamId: teamIdText("team_id")
      .notNull()
      .references(() => teams.id, { onDelete: "cascade" }),
    botId: botId(),
    kind: text("kind", { enum: COMMAND_KINDS }).notNull(),
    payload: json<Record<string, unknown>>("payload").notNull(),
    state: text("state", { enum: COMMAND_STATES }).notNull().default("pending"),
    requestedBy: text("requested_by").notNull(),
    createdAtMs: instantMs("created_at_ms").notNull(),
    deadlineAtMs: instantMs("deadline_at_ms").notNull(),
    finishedAtMs: instantMs("finished_at_ms"),
    result: json<Record<string, unknown>>("result"),
  },
  (table) => [
    index("commands_bot_state").on(table.botId, table.state, table.id),
    oneOf("commands_kind_list", table.kind, COMMAND_KINDS),
    oneOf("commands_state_list", table.state, COMMAND_STATES),
  ],
);
