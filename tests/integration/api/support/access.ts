import { type Role, roleScopes, roles, type Scope } from "@switchboard/core/domain/vocabulary";

/** Who may use a call; the matrix holds the routes to it. */
export type Access =
  /** Nobody is asked for a credential. */
  | { readonly for: "anyone" }
  /** Whoever holds the scope: people by their role, API keys by their list. */
  | { readonly for: "scope"; readonly scope: Scope }
  /** API keys with the scope; people never. */
  | { readonly for: "keys"; readonly scope: Scope }
  /** Who holds a bot: by the token of its lease or, for the lease itself, by the key that was granted it; people never. */
  | { readonly for: "holder" }
  /** Who holds a bot, and owners and admins. */
  | { readonly for: "custodians" }
  /** People with one of these roles; API keys never. */
  | { readonly for: "people"; readonly roles: readonly Role[] }
  /** People, each for what is their own; that others do not get at it is shown in the tests of the resource. */
  | { readonly for: "own" }
  /** Every credential that is good. */
  | { readonly for: "any-credential" }
  /** A secret of its own, shown in the tests of the call. */
  | { readonly for: "secret" };

const anyone: Access = { for: "anyone" };
const own: Access = { for: "own" };
const holder: Access = { for: "holder" };
const admins: Access = { for: "people", roles: ["owner", "admin"] };
const scope = (name: Scope): Access => ({ for: "scope", scope: name });

/** Who may use each call of the REST API. A call that is missing here fails the matrix. */
export const accessOf: Readonly<Record<string, Access>> = {
  "get /api/setup": anyone,
  "post /api/setup": anyone,
  "post /api/sign-in": anyone,
  "get /api/system/health": anyone,
  "get /.well-known/jwks.json": anyone,
  "post /api/sign-out": own,
  "get /api/me": own,

  "get /api/sign-ins": own,
  "delete /api/sign-ins/{signInId}": own,
  "post /api/sign-out-everywhere": own,
  "post /api/confirm-password": own,
  "post /api/password": own,
  "post /api/password-reset": anyone,

  "get /api/users": admins,
  "post /api/users": admins,
  "get /api/users/{userId}": admins,
  "patch /api/users/{userId}": admins,
  "delete /api/users/{userId}": admins,
  "post /api/users/{userId}/password-reset": admins,
  "get /api/invitations": admins,
  "post /api/invitations": admins,
  "delete /api/invitations/{invitationId}": admins,
  "post /api/invitations/accept": anyone,
  "get /api/teams": own,
  "post /api/teams": { for: "people", roles: ["owner"] },
  "get /api/team": own,
  "patch /api/team": admins,

  "post /api/keys": admins,
  "get /api/keys": admins,
  "get /api/keys/{keyId}": admins,
  "patch /api/keys/{keyId}": admins,
  "post /api/keys/{keyId}/rotate": admins,
  "delete /api/keys/{keyId}": admins,
  "get /api/keys/{keyId}/recipient": admins,
  "post /api/keys/{keyId}/recipient/challenge": admins,
  "post /api/keys/{keyId}/recipient": admins,
  "delete /api/keys/{keyId}/recipient": admins,
  "get /api/tokens": own,
  "post /api/tokens": own,
  "delete /api/tokens/{tokenId}": own,

  "get /api/bots": scope("bots:read"),
  "post /api/bots": scope("bots:write"),
  "get /api/bots/{botId}": scope("bots:read"),
  "patch /api/bots/{botId}": scope("bots:write"),
  "delete /api/bots/{botId}": scope("bots:write"),
  "post /api/bots/{botId}/start": scope("bots:write"),
  "post /api/bots/{botId}/stop": scope("bots:write"),
  "post /api/bots/{botId}/restart": scope("bots:write"),
  "post /api/bots/{botId}/logout": scope("bots:write"),
  "post /api/bots/{botId}/pairing": scope("bots:write"),
  "get /api/bots/{botId}/pairing": scope("bots:write"),
  "delete /api/bots/{botId}/pairing": scope("bots:write"),

  "get /api/bots/{botId}/session": scope("session:read"),
  "post /api/bots/{botId}/session": scope("session:token"),
  "get /api/bots/{botId}/session/tokens": scope("session:token"),
  "delete /api/bots/{botId}/session/tokens/{tokenId}": scope("session:token"),
  "post /api/bots/{botId}/session/read": holder,
  "post /api/bots/{botId}/session/batch": holder,
  "post /api/bots/{botId}/session/lease": { for: "keys", scope: "session:lease" },
  "get /api/bots/{botId}/session/lease": scope("session:lease"),
  "patch /api/bots/{botId}/session/lease": holder,
  "delete /api/bots/{botId}/session/lease": holder,
  "get /api/bots/{botId}/session/lease/events": holder,
  "post /api/bots/{botId}/session/lease/handover": { for: "custodians" },
  "post /api/bots/{botId}/session/lease/revoke": admins,
  "post /api/bots/{botId}/session/lease/freeze": admins,
  "post /api/bots/{botId}/session/lease/unfreeze": admins,
  "post /api/bots/{botId}/session/lease/force-take": admins,
  "post /api/bots/{botId}/session/import": admins,
  "post /api/bots/{botId}/session/export": admins,
  "post /api/session-tokens/verify": { for: "any-credential" },

  "get /api/bots/{botId}/call-blocking": scope("blocking:read"),
  "put /api/bots/{botId}/call-blocking": scope("blocking:write"),
  "patch /api/bots/{botId}/call-blocking": scope("blocking:write"),
  "get /api/bots/{botId}/blocked-contacts": scope("blocking:read"),
  "post /api/bots/{botId}/blocked-contacts": scope("blocking:write"),
  "get /api/bots/{botId}/blocked-contacts/{contactId}": scope("blocking:read"),
  "delete /api/bots/{botId}/blocked-contacts/{contactId}": scope("blocking:write"),
  "post /api/bots/{botId}/blocked-contacts/{contactId}/restore": scope("blocking:write"),
  "get /api/bots/{botId}/allowed-contacts": scope("blocking:read"),
  "post /api/bots/{botId}/allowed-contacts": scope("blocking:write"),
  "delete /api/bots/{botId}/allowed-contacts/{contactId}": scope("blocking:write"),
  "get /api/bots/{botId}/calls": scope("calls:read"),
  "get /api/bots/{botId}/calls/statistics": scope("calls:read"),
  "get /api/bots/{botId}/calls/{callId}": scope("calls:read"),
  "post /api/bots/{botId}/calls/{callId}/reject": scope("calls:write"),
  "get /api/bots/{botId}/limits/{caller}": scope("blocking:read"),

  "get /api/audit": scope("audit:read"),
  "get /api/audit/{auditId}": scope("audit:read"),
  "get /api/system/cron/cleanup-blocks": { for: "secret" },
};

/** The roles that may use the call. */
export function rolesOf(access: Access): readonly Role[] {
  switch (access.for) {
    case "scope":
      return roles.filter((role) => roleScopes[role].includes(access.scope));
    case "people":
      return access.roles;
    case "custodians":
      return ["owner", "admin"];
    case "keys":
    case "holder":
      return [];
    case "anyone":
    case "own":
    case "any-credential":
      return roles;
    case "secret":
      return [];
  }
}
