import { appRouter } from "../../../../api/src/trpc/root.ts";
import type { TestAnswer } from "./test-app.ts";
import { ownBearer, type ValidRequest } from "./valid-requests.ts";
import type { World } from "./world.ts";

/** The procedure that calls the same verb as a call of the REST API. */
export interface Twin {
  readonly procedure: string;
  /** The field of the input that holds REST's body; without one the body's fields stand beside the ids of the path. */
  readonly bodyIn?: string;
  /** Names of the input for ids that the path calls something else. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** The part of the answer that REST answers; without it all of it. */
  readonly part?: string;
}

/** For each call of the REST API the procedure that does the same. */
export const twins: Readonly<Record<string, Twin>> = {
  "get /api/setup": { procedure: "setup.status" },
  "post /api/setup": { procedure: "setup.complete" },
  "post /api/sign-in": { procedure: "auth.signIn" },
  "post /api/sign-out": { procedure: "auth.signOut" },
  "get /api/me": { procedure: "auth.me" },
  "get /api/sign-ins": { procedure: "auth.signIns.list" },
  "delete /api/sign-ins/{signInId}": { procedure: "auth.signIns.end" },
  "post /api/sign-out-everywhere": { procedure: "auth.signOutEverywhere" },
  "post /api/confirm-password": { procedure: "auth.confirmPassword" },
  "post /api/password": { procedure: "auth.changePassword" },
  "post /api/users/{userId}/password-reset": { procedure: "users.requestPasswordReset" },
  "post /api/password-reset": { procedure: "auth.resetPassword" },

  "get /api/users": { procedure: "users.list" },
  "post /api/users": { procedure: "users.create" },
  "get /api/users/{userId}": { procedure: "users.get" },
  "patch /api/users/{userId}": { procedure: "users.update", bodyIn: "changes" },
  "delete /api/users/{userId}": { procedure: "users.remove" },
  "get /api/invitations": { procedure: "invitations.list" },
  "post /api/invitations": { procedure: "invitations.create" },
  "post /api/invitations/accept": { procedure: "invitations.accept" },
  "delete /api/invitations/{invitationId}": { procedure: "invitations.revoke" },
  "get /api/teams": { procedure: "teams.list" },
  "post /api/teams": { procedure: "teams.create" },
  "get /api/team": { procedure: "teams.current" },
  "patch /api/team": { procedure: "teams.rename" },

  "post /api/keys": { procedure: "keys.create" },
  "get /api/keys": { procedure: "keys.list" },
  "get /api/keys/{keyId}": { procedure: "keys.get" },
  "patch /api/keys/{keyId}": { procedure: "keys.update", bodyIn: "changes" },
  "delete /api/keys/{keyId}": { procedure: "keys.revoke" },
  "post /api/keys/{keyId}/rotate": { procedure: "keys.rotate" },
  "get /api/keys/{keyId}/recipient": { procedure: "keys.recipient.get" },
  "post /api/keys/{keyId}/recipient/challenge": { procedure: "keys.recipient.challenge" },
  "post /api/keys/{keyId}/recipient": { procedure: "keys.recipient.set" },
  "delete /api/keys/{keyId}/recipient": { procedure: "keys.recipient.remove" },
  "get /api/tokens": { procedure: "tokens.list" },
  "post /api/tokens": { procedure: "tokens.create" },
  "delete /api/tokens/{tokenId}": { procedure: "tokens.revoke" },

  "get /api/bots": { procedure: "bots.list" },
  "post /api/bots": { procedure: "bots.create" },
  "get /api/bots/{botId}": { procedure: "bots.get" },
  "patch /api/bots/{botId}": { procedure: "bots.update", bodyIn: "changes" },
  "delete /api/bots/{botId}": { procedure: "bots.delete" },
  "post /api/bots/{botId}/start": { procedure: "bots.start" },
  "post /api/bots/{botId}/stop": { procedure: "bots.stop" },
  "post /api/bots/{botId}/restart": { procedure: "bots.restart" },
  "post /api/bots/{botId}/logout": { procedure: "bots.logout" },
  "post /api/bots/{botId}/pairing": { procedure: "bots.pairing.request", bodyIn: "pairing" },
  "get /api/bots/{botId}/pairing": { procedure: "bots.pairing.get" },
  "delete /api/bots/{botId}/pairing": { procedure: "bots.pairing.cancel" },

  "post /api/bots/{botId}/session": { procedure: "sessions.tokens.issue" },
  "get /api/bots/{botId}/session/tokens": { procedure: "sessions.tokens.list" },
  "delete /api/bots/{botId}/session/tokens/{tokenId}": { procedure: "sessions.tokens.revoke" },

  "post /api/bots/{botId}/session/import": { procedure: "sessions.import" },
  "post /api/bots/{botId}/session/export": { procedure: "sessions.export" },

  "get /api/bots/{botId}/session/lease": { procedure: "leases.get" },
  "post /api/bots/{botId}/session/lease/handover": { procedure: "leases.handover" },
  "post /api/bots/{botId}/session/lease/revoke": { procedure: "leases.revoke" },
  "post /api/bots/{botId}/session/lease/freeze": { procedure: "leases.freeze" },
  "post /api/bots/{botId}/session/lease/unfreeze": { procedure: "leases.unfreeze" },
  "post /api/bots/{botId}/session/lease/force-take": { procedure: "leases.forceTake" },

  "get /api/bots/{botId}/call-blocking": { procedure: "callBlocking.get" },
  "put /api/bots/{botId}/call-blocking": { procedure: "callBlocking.replace", bodyIn: "settings" },
  "patch /api/bots/{botId}/call-blocking": { procedure: "callBlocking.patch", bodyIn: "changes" },
  "get /api/bots/{botId}/blocked-contacts": { procedure: "blocks.list" },
  "post /api/bots/{botId}/blocked-contacts": { procedure: "blocks.add", part: "contact" },
  "get /api/bots/{botId}/blocked-contacts/{contactId}": { procedure: "blocks.get" },
  "delete /api/bots/{botId}/blocked-contacts/{contactId}": { procedure: "blocks.lift" },
  "post /api/bots/{botId}/blocked-contacts/{contactId}/restore": { procedure: "blocks.restore" },
  "get /api/bots/{botId}/allowed-contacts": { procedure: "allows.list" },
  "post /api/bots/{botId}/allowed-contacts": { procedure: "allows.add" },
  "delete /api/bots/{botId}/allowed-contacts/{contactId}": {
    procedure: "allows.remove",
    renamed: { contactId: "allowId" },
  },

  "get /api/bots/{botId}/calls": { procedure: "calls.list" },
  "get /api/bots/{botId}/calls/statistics": { procedure: "calls.statistics" },
  "get /api/bots/{botId}/calls/{callId}": { procedure: "calls.get" },
  "post /api/bots/{botId}/calls/{callId}/reject": { procedure: "calls.reject" },
  "get /api/bots/{botId}/limits/{caller}": { procedure: "calls.limit" },

  "get /api/audit": { procedure: "audit.list" },
  "get /api/audit/{auditId}": { procedure: "audit.get" },
};

/** Calls of the REST API that no procedure does, each with the reason. */
export const onlyRest: Readonly<Record<string, string>> = {
  "get /api/bots/{botId}/session": "a session leaves for microservices only, and is sealed for their keys there",
  "post /api/bots/{botId}/session/read": "for microservices that hold a bot",
  "post /api/bots/{botId}/session/batch": "for microservices that hold a bot",
  "post /api/bots/{botId}/session/lease": "for microservices: an API key holds a lease, never a person",
  "patch /api/bots/{botId}/session/lease": "for microservices that hold a bot",
  "delete /api/bots/{botId}/session/lease": "for microservices that hold a bot",
  "get /api/bots/{botId}/session/lease/events": "for microservices that hold a bot; people follow events.follow",
  "post /api/session-tokens/verify": "asked by services that were handed a token",
  "get /api/system/health": "for anybody, and so with less in it than system.health",
  "get /.well-known/jwks.json": "for verifiers of session tokens, which know this address",
  "get /api/system/cron/cleanup-blocks": "for a scheduler with its own secret",
};

/** Procedures that no call of the REST API does, each with the reason. */
export const onlyTrpc: Readonly<Record<string, string>> = {
  "teams.switch": "for browser sign-ins: a token or key belongs to one team",
  "bots.counts": "for the filters of the dashboard and `sb bots counts`",
  "bots.history": "for the dashboard and `sb bots history`; services get the events",
  "system.health": "with what only people who are signed in may know",
  "system.cleanup.status": "for the dashboard",
  "system.config": "for the dashboard and `sb config`",
  "events.follow": "a stream for the dashboard and `sb events`; services get webhooks",
};

/** Every procedure of the router, with its type: query, mutation or subscription. */
export function listProcedures(): { readonly path: string; readonly type: string }[] {
  const procedures: object = appRouter._def.procedures;
  return Object.entries(procedures).map(([path, { _def }]) => ({ path, type: String(_def.type) }));
}

const typeOf = new Map(listProcedures().map(({ path, type }) => [path, type]));

/** The input of the procedure that does what the request does. */
export function inputOf({ bodyIn, renamed = {} }: Twin, { params = {}, query = {}, json }: ValidRequest) {
  const ids = Object.fromEntries(Object.entries(params).map(([name, value]) => [renamed[name] ?? name, value]));
  return { ...ids, ...query, ...(bodyIn === undefined ? json : { [bodyIn]: json }) };
}

/** Calls a procedure as the request would call its twin; `bearer` replaces the credential it was prepared with. */
export function callProcedure(
  world: World,
  path: string,
  request: ValidRequest,
  input: unknown,
  changes: { readonly bearer?: string | null; readonly peer?: string } = {},
): Promise<TestAnswer> {
  const bearer = changes.bearer !== undefined ? changes.bearer : ownBearer(world, request);
  const sent = {
    ...(bearer === null ? {} : { bearer }),
    ...(changes.peer === undefined ? {} : { peer: changes.peer }),
  };
  const { app = world.app } = request;
  if (typeOf.get(path) !== "query") return app.request(`/trpc/${path}`, { ...sent, json: { json: input } });
  return app.request(`/trpc/${path}?input=${encodeURIComponent(JSON.stringify({ json: input }))}`, sent);
}
