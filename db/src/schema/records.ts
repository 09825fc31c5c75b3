import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { botIdText, bytes, instantMs, json, oneOf, teamIdText } from "./columns.ts";
import { ACTOR_KINDS, AUDIT_OUTCOMES } from "./lists.ts";

/** What happened, append-only: each row is written in the transaction of the change it tells of. */
export const events = sqliteTable(
  "events",
  {
    /** Readers keep the last sequence they saw. */
    sequence: integer("sequence").primaryKey({ autoIncrement: true }),
    id: text("id").notNull().unique(),
    type: text("type").notNull(),
    /** null: of the installation (workers), visible to owners and admins. */
    teamId: teamIdText("team_id"),
    botId: botIdText("bot_id"),
    atMs: instantMs("at_ms").notNull(),
    data: json<Record<string, unknown>>("data").notNull(),
  },
  (table) => [
    index("events_team_sequence").on(table.teamId, table.sequence),
    // Who follows one bot for a few types of events walks neither its other events nor those of its team.
    index("events_bot_type_sequence").on(table.botId, table.type, table.sequence),
  ],
);

/** Who did what to which thing from where; no foreign keys, since it outlives what it tells of. */
export const audit = sqliteTable(
  "audit",
  {
    sequence: integer("sequence").primaryKey({ autoIncrement: true }),
    id: text("id").notNull().unique(),
    atMs: instantMs("at_ms").notNull(),
    teamId: teamIdText("team_id"),
    actorKind: text("actor_kind", { enum: ACTOR_KINDS }).notNull(),
    actorId: text("actor_id"),
    action: text("action").notNull(),
    objectKind: text("object_kind").notNull(),
    objectId: text("object_id"),
    botId: botIdText("bot_id"),
    outcome: text("outcome", { enum: AUDIT_OUTCOMES }).notNull(),
    address: text("address"),
    userAgent: text("user_agent"),
    requestId: text("request_id"),
    detail: json<Record<string, unknown>>("detail").notNull(),
    previousHash: bytes("previous_hash"),
    hash: bytes("hash"),
  },
  // Each index ends in the sequence by itself, which is the row's own number: pages are read in order from any of them.
  (table) => [
    index("audit_team_time").on(table.teamId, table.atMs),
    index("audit_bot_time").on(table.botId, table.atMs),
    index("audit_actor_time").on(table.actorId, table.atMs),
    index("audit_object_time").on(table.objectId, table.atMs),
    oneOf("audit_actor_list", table.actorKind, ACTOR_KINDS),
    oneOf("audit_outcome_list", table.outcome, AUDIT_OUTCOMES),
  ],
);

/** Heads of the audit's hash chain under the audit key: who edits rows cannot restamp them. Copies go outside the database. */
export const auditCheckpoints = sqliteTable("audit_checkpoints", {
  /** The row whose hash this is. */
  sequence: integer("sequence").primaryKey(),
  hash: bytes("hash").notNull(),
  mac: bytes("mac").notNull(),
  atMs: instantMs("at_ms").notNull(),
  /** Set where rows up to this one were removed because their time was over: the chain then begins here. */
  prunedAtMs: instantMs("pruned_at_ms"),
});

/** Small facts of the installation: when the cleanup last ran, whether setup is over. */
export const systemState = sqliteTable("system_state", {
  key: text("key").primaryKey(),
  value: json<Record<string, unknown>>("value").notNull(),
  updatedAtMs: instantMs("updated_at_ms").notNull(),
});

/** Counters of the rate limiter, shared by all processes. */
export const rateLimits = sqliteTable("rate_limits", {
  key: text("key").primaryKey(),
  points: integer("points").notNull(),
  expiresAtMs: instantMs("expires_at_ms").notNull(),
});
