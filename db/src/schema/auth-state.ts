import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { bots } from "./bots.ts";
import { botIdText, bytes, instantMs, json, oneOf, teamIdText } from "./columns.ts";
import { teams } from "./identity.ts";
import { SECRET_PURPOSES, TOKEN_SUBJECTS } from "./lists.ts";

const botId = () =>
  botIdText("bot_id")
    .notNull()
    .references(() => bots.id, { onDelete: "cascade" });

/** A bot's data keys, each wrapped by the master key. Only the newest unretired one seals. */
export const dataKeys = sqliteTable(
  "data_keys",
  {
    botId: botId(),
    id: integer("id").notNull(),
    masterKeyId: text("master_key_id").notNull(),
    wrapped: bytes("wrapped").notNull(),
    /** Upper bound of seals made with the key; reserved in blocks, so a crash counts too many, never too few. */
    uses: integer("uses").notNull().default(0),
    createdAtMs: instantMs("created_at_ms").notNull(),
    retiredAtMs: instantMs("retired_at_ms"),
  },
  (table) => [primaryKey({ columns: [table.botId, table.id] })],
);

/** One sealed record of a bot's auth state: the credentials or one key. `recordKey` is an HMAC, since ids hold phone numbers. */
export const authRecords = sqliteTable(
  "auth_records",
  {
    botId: botId(),
    type: text("type").notNull(),
    recordKey: bytes("record_key").notNull(),
    /** The revision of the batch that wrote the row; part of the additional data of the seal. */
    version: integer("version").notNull(),
    epoch: integer("epoch").notNull(),
    dataKeyId: integer("data_key_id").notNull(),
    ciphertext: bytes("ciphertext").notNull(),
  },
  (table) => [primaryKey({ columns: [table.botId, table.type, table.recordKey] })],
);

/** Batches already applied, so that a retry is answered and not applied twice. */
export const authBatches = sqliteTable(
  "auth_batches",
  {
    botId: botId(),
    epoch: integer("epoch").notNull(),
    sequence: integer("sequence").notNull(),
    bodyHash: bytes("body_hash").notNull(),
    revision: integer("revision").notNull(),
    createdAtMs: instantMs("created_at_ms").notNull(),
  },
  (table) => [primaryKey({ columns: [table.botId, table.epoch, table.sequence] })],
);

/** Random secrets of the installation, wrapped by the master key and versioned: rotating the master re-wraps them only. */
export const wrappedSecrets = sqliteTable(
  "wrapped_secrets",
  {
    purpose: text("purpose", { enum: SECRET_PURPOSES }).notNull(),
    version: integer("version").notNull(),
    masterKeyId: text("master_key_id").notNull(),
    wrapped: bytes("wrapped").notNull(),
    /** The public half where the secret is a key pair; null otherwise. */
    publicJwk: json<Record<string, unknown>>("public_jwk"),
    createdAtMs: instantMs("created_at_ms").notNull(),
    retiredAtMs: instantMs("retired_at_ms"),
  },
  (table) => [
    primaryKey({ columns: [table.purpose, table.version] }),
    oneOf("wrapped_secrets_purpose_list", table.purpose, SECRET_PURPOSES),
  ],
);

/** Session tokens handed out. The row decides, not the token: a revoked row ends the token at once. */
export const sessionTokens = sqliteTable(
  "session_tokens",
  {
    id: text("id").primaryKey(),
    teamId: teamIdText("team_id")
      .notNull()
      .references(() => teams.id, { onDelete: "cascade" }),
    botId: botId(),
    subjectKind: text("subject_kind", { enum: TOKEN_SUBJECTS }).notNull(),
    subjectId: text("subject_id").notNull(),
    /** The personal access token that asked for the first token of the chain; null: none did. No reference: rows outlive it. */
    personalTokenId: text("personal_token_id"),
    issuedAtMs: instantMs("issued_at_ms").notNull(),
    expiresAtMs: instantMs("expires_at_ms").notNull(),
    chainId: text("chain_id").notNull(),
    chainStartedAtMs: instantMs("chain_started_at_ms").notNull(),
    renewedFromId: text("renewed_from_id"),
    revokedAtMs: instantMs("revoked_at_ms"),
    revokedBy: text("revoked_by"),
    lastUsedAtMs: instantMs("last_used_at_ms"),
    expiringEventAtMs: instantMs("expiring_event_at_ms"),
  },
  (table) => [
    index("session_tokens_bot").on(table.botId, table.id),
    index("session_tokens_expiry").on(table.expiresAtMs),
    oneOf("session_tokens_subject_list", table.subjectKind, TOKEN_SUBJECTS),
  ],
);

/** Answers to repeated requests that carried an Idempotency-Key. */
export const idempotencyKeys = sqliteTable(
  "idempotency_keys",
  {
    subject: text("subject").notNull(),
    key: text("key").notNull(),
    bodyHash: bytes("body_hash").notNull(),
    status: integer("status"),
    response: json<unknown>("response"),
    createdAtMs: instantMs("created_at_ms").notNull(),
    expiresAtMs: instantMs("expires_at_ms").notNull(),
  },
  (table) => [uniqueIndex("idempotency_keys_subject_key").on(table.subject, table.key)],
);
