import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { type BotId, bytes, instantMs, json, oneOf, teamIdText } from "./columns.ts";
import { teams, users } from "./identity.ts";
import { ONE_TIME_CODE_KINDS, ROLES } from "./lists.ts";

/** API keys of microservices: the secret is kept as HMAC-SHA-256 under a versioned pepper and shown once. */
export const apiKeys = sqliteTable(
  "api_keys",
  {
    id: text("id").primaryKey(),
    teamId: teamIdText("team_id")
      .notNull()
      .references(() => teams.id, { onDelete: "cascade" }),
    publicId: text("public_id").notNull().unique(),
    secretHmac: bytes("secret_hmac").notNull(),
    pepperVersion: integer("pepper_version").notNull(),
    name: text("name").notNull(),
    scopes: json<string[]>("scopes").notNull(),
    /** null: every bot of the team. */
    botIds: json<BotId[]>("bot_ids"),
    /** null: every address. */
    cidrs: json<string[]>("cidrs"),
    requestsPerMinute: integer("requests_per_minute"),
    createdBy: text("created_by").notNull(),
    createdAtMs: instantMs("created_at_ms").notNull(),
    expiresAtMs: instantMs("expires_at_ms").notNull(),
    disabledAtMs: instantMs("disabled_at_ms"),
    revokedAtMs: instantMs("revoked_at_ms"),
    revokedBy: text("revoked_by"),
    successorId: text("successor_id"),
    lastUsedAtMs: instantMs("last_used_at_ms"),
    lastUsedAddress: text("last_used_address"),
    lastUsedUserAgent: text("last_used_user_agent"),
  },
  (table) => [index("api_keys_team").on(table.teamId, table.id)],
);

/** Personal access tokens of internal tools and `sb`; they act as their user in one team. */
export const personalTokens = sqliteTable(
  "personal_tokens",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    teamId: teamIdText("team_id")
      .notNull()
      .references(() => teams.id, { onDelete: "cascade" }),
    publicId: text("public_id").notNull().unique(),
    secretHmac: bytes("secret_hmac").notNull(),
    pepperVersion: integer("pepper_version").notNull(),
    name: text("name").notNull(),
    createdAtMs: instantMs("created_at_ms").notNull(),
    expiresAtMs: instantMs("expires_at_ms").notNull(),
    revokedAtMs: instantMs("revoked_at_ms"),
    revokedBy: text("revoked_by"),
    lastUsedAtMs: instantMs("last_used_at_ms"),
    lastUsedAddress: text("last_used_address"),
    lastUsedUserAgent: text("last_used_user_agent"),
    /** When the password was given again with this token; null: not since it was made. */
    confirmedAtMs: instantMs("confirmed_at_ms"),
  },
  (table) => [index("personal_tokens_user").on(table.userId)],
);

/** Invitations and password resets: codes that work once, kept as HMAC like API keys. */
export const oneTimeCodes = sqliteTable(
  "one_time_codes",
  {
    id: text("id").primaryKey(),
    kind: text("kind", { enum: ONE_TIME_CODE_KINDS }).notNull(),
    teamId: teamIdText("team_id")
      .notNull()
      .references(() => teams.id, { onDelete: "cascade" }),
    /** Whose password is reset; null for an invitation. */
    userId: text("user_id").references(() => users.id, { onDelete: "cascade" }),
    /** Who is invited, and as what; null for a reset. */
    email: text("email"),
    role: text("role", { enum: ROLES }),
    publicId: text("public_id").notNull().unique(),
    secretHmac: bytes("secret_hmac").notNull(),
    pepperVersion: integer("pepper_version").notNull(),
    createdBy: text("created_by").notNull(),
    createdAtMs: instantMs("created_at_ms").notNull(),
    expiresAtMs: instantMs("expires_at_ms").notNull(),
    usedAtMs: instantMs("used_at_ms"),
    revokedAtMs: instantMs("revoked_at_ms"),
    revokedBy: text("revoked_by"),
  },
  (table) => [
    index("one_time_codes_team").on(table.teamId, table.id),
    index("one_time_codes_user").on(table.userId),
    oneOf("one_time_codes_kind_list", table.kind, ONE_TIME_CODE_KINDS),
    oneOf("one_time_codes_role_list", table.role, ROLES),
  ],
);

/** Public keys to which a session is sealed for an API key. */
export const recipientKeys = sqliteTable(
  "recipient_keys",
  {
    id: text("id").primaryKey(),
    teamId: teamIdText("team_id")
      .notNull()
      .references(() => teams.id, { onDelete: "cascade" }),
    apiKeyId: text("api_key_id")
      .notNull()
      .references(() => apiKeys.id, { onDelete: "cascade" }),
    thumbprint: text("thumbprint").notNull(),
    publicJwk: json<Record<string, unknown>>("public_jwk").notNull(),
    createdBy: text("created_by").notNull(),
    createdAtMs: instantMs("created_at_ms").notNull(),
    replacedAtMs: instantMs("replaced_at_ms"),
  },
  (table) => [index("recipient_keys_api_key").on(table.apiKeyId)],
);
