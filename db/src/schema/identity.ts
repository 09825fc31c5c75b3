import { integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { flag, oneOf, teamIdText } from "./columns.ts";
import { ROLES } from "./lists.ts";

/**
 * People, their sign-ins and their teams. Property names are the field names better-auth 1.7 expects of its drizzle
 * adapter (its `user`, `session`, `account`, `verification`, `organization`, `member`, `invitation` models).
 */
const date = (name: string) => integer(name, { mode: "timestamp_ms" });

/** A person who signs in. */
export const users = sqliteTable("users", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  email: text("email").notNull().unique(),
  emailVerified: flag("email_verified").notNull().default(false),
  image: text("image"),
  createdAt: date("created_at_ms").notNull(),
  updatedAt: date("updated_at_ms").notNull(),
});

/** A team owns bots, keys and everything under them; better-auth calls it an organization. */
export const teams = sqliteTable("teams", {
  id: teamIdText("id").primaryKey(),
  name: text("name").notNull(),
  slug: text("slug").notNull().unique(),
  logo: text("logo"),
  metadata: text("metadata"),
  createdAt: date("created_at_ms").notNull(),
});

/** One browser sign-in of a person. */
export const userSessions = sqliteTable("user_sessions", {
  id: text("id").primaryKey(),
  userId: text("user_id")
    .notNull()
    .references(() => users.id, { onDelete: "cascade" }),
  token: text("token").notNull().unique(),
  expiresAt: date("expires_at_ms").notNull(),
  ipAddress: text("ip_address"),
  userAgent: text("user_agent"),
  activeOrganizationId: teamIdText("active_team_id").references(() => teams.id, { onDelete: "set null" }),
  createdAt: date("created_at_ms").notNull(),
  updatedAt: date("updated_at_ms").notNull(),
  /** When the password was given again; null: not since the sign-in. */
  confirmedAtMs: integer("confirmed_at_ms"),
});

/** How a person proves who they are; `password` is a hash, never the password. */
export const accounts = sqliteTable("accounts", {
  id: text("id").primaryKey(),
  userId: text("user_id")
    .notNull()
    .references(() => users.id, { onDelete: "cascade" }),
  accountId: text("account_id").notNull(),
  providerId: text("provider_id").notNull(),
  accessToken: text("access_token"),
  refreshToken: text("refresh_token"),
  idToken: text("id_token"),
  accessTokenExpiresAt: date("access_token_expires_at_ms"),
  refreshTokenExpiresAt: date("refresh_token_expires_at_ms"),
  scope: text("scope"),
  password: text("password"),
  createdAt: date("created_at_ms").notNull(),
  updatedAt: date("updated_at_ms").notNull(),
});

/** One-time proofs (reset, invitation mail). */
export const verifications = sqliteTable("verifications", {
  id: text("id").primaryKey(),
  identifier: text("identifier").notNull(),
  value: text("value").notNull(),
  expiresAt: date("expires_at_ms").notNull(),
  createdAt: date("created_at_ms").notNull(),
  updatedAt: date("updated_at_ms").notNull(),
});

/** A person's role in a team. */
export const teamMembers = sqliteTable(
  "team_members",
  {
    id: text("id").primaryKey(),
    organizationId: teamIdText("team_id")
      .notNull()
      .references(() => teams.id, { onDelete: "cascade" }),
    userId: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    role: text("role", { enum: ROLES }).notNull(),
    createdAt: date("created_at_ms").notNull(),
  },
  (table) => [
    uniqueIndex("team_members_team_user").on(table.organizationId, table.userId),
    oneOf("team_members_role", table.role, ROLES),
  ],
);
