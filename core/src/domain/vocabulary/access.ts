/** What a credential may do. An API key, a token or a role holds a set of these; there is no wildcard. */
export const scopes = [
  "bots:read",
  "bots:write",
  "session:read",
  "session:plain",
  "session:token",
  "session:lease",
  "session:takeover",
  "calls:read",
  "calls:write",
  "blocking:read",
  "blocking:write",
  "webhooks:read",
  "webhooks:write",
  "audit:read",
] as const;

/** One permission; see {@link scopes}. */
export type Scope = (typeof scopes)[number];

/** Roles of a person in a team, the mightiest first. */
export const roles = ["owner", "admin", "operator", "viewer"] as const;

/** One role; see {@link roles}. */
export type Role = (typeof roles)[number];

/**
 * The scopes each role carries. Owner and admin hold the same scopes: what only an owner may do (team ownership) is a
 * question of the role, not of a scope. No role but those two can read a session in any form.
 */
export const roleScopes: Readonly<Record<Role, readonly Scope[]>> = {
  owner: scopes,
  admin: scopes,
  operator: ["bots:read", "calls:read", "calls:write", "blocking:read", "blocking:write"],
  viewer: ["bots:read", "calls:read", "blocking:read", "webhooks:read", "audit:read"],
};

/** Who did something: the `kind` of an actor in contexts, audit rows and blocks. `system` is the product itself. */
export const actorKinds = [
  "user",
  "personal-access-token",
  "api-key",
  "session-token",
  "lease-token",
  "worker",
  "system",
  "anonymous",
] as const;

/** One kind of actor; see {@link actorKinds}. */
export type ActorKind = (typeof actorKinds)[number];

/** How an audited action ended: done, refused to the actor, or attempted and not possible. */
export const auditOutcomes = ["success", "denied", "failure"] as const;

/** One outcome of an audited action; see {@link auditOutcomes}. */
export type AuditOutcome = (typeof auditOutcomes)[number];

/** Why a session token is not active (RFC 7662 style answer). `invalid` covers every forged or foreign token. */
export const sessionTokenInactiveReasons = ["invalid", "expired", "revoked", "chain-ended"] as const;

/** One reason; see {@link sessionTokenInactiveReasons}. */
export type SessionTokenInactiveReason = (typeof sessionTokenInactiveReasons)[number];

/** What a one-time code lets its bearer do: join a team, or set a new password. */
export const oneTimeCodeKinds = ["invitation", "password-reset"] as const;

/** One kind; see {@link oneTimeCodeKinds}. */
export type OneTimeCodeKind = (typeof oneTimeCodeKinds)[number];
