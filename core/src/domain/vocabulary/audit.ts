/**
 * What the audit tells of: each action with the kind of thing it is done to. An action names its object and its verb, so
 * that a filter by the part before the dot finds everything that was done to one kind of thing.
 */
export const auditObjectKindOf = {
  "setup.complete": "user",
  "user.sign-in": "user",
  "user.sign-out": "personal-token",
  "user.sign-out-everywhere": "user",
  "user.end-sign-in": "sign-in",
  "user.switch-team": "sign-in",
  "user.confirm-password": "user",
  "user.change-password": "user",
  "user.request-password-reset": "user",
  "user.reset-password": "user",
  "user.create": "user",
  "user.update": "user",
  "user.change-role": "user",
  "user.remove": "user",
  "invitation.create": "invitation",
  "invitation.revoke": "invitation",
  "invitation.accept": "invitation",
  "team.create": "team",
  "team.update": "team",
  "personal-token.create": "personal-token",
  "personal-token.revoke": "personal-token",
  "api-key.create": "api-key",
  "api-key.update": "api-key",
  "api-key.rotate": "api-key",
  "api-key.revoke": "api-key",
  "api-key.recipient-set": "api-key",
  "api-key.recipient-remove": "api-key",
  "bot.create": "bot",
  "bot.update": "bot",
  "bot.delete": "bot",
  "bot.start": "bot",
  "bot.stop": "bot",
  "bot.restart": "bot",
  "bot.logout": "bot",
  "bot.pair": "bot",
  "bot.cancel-pairing": "bot",
  "bot.rotate-data-key": "bot",
  "session.disclose": "bot",
  "session.import": "bot",
  "session-token.issue": "session-token",
  "session-token.renew": "session-token",
  "session-token.revoke": "session-token",
  "lease.acquire": "lease",
  "lease.extend": "lease",
  "lease.release": "lease",
  "lease.drain": "lease",
  "lease.revoke": "lease",
  "lease.expire": "lease",
  "lease.reclaim": "lease",
  "lease.reserve": "bot",
  "lease.freeze": "bot",
  "lease.unfreeze": "bot",
  "call.reject": "call",
  "call-blocking.replace": "call-blocking",
  "call-blocking.patch": "call-blocking",
  "block.create": "block",
  "block.lift": "block",
  "block.restore": "block",
  "allow.create": "allow",
  "allow.remove": "allow",
  "request.refused": "request",
  "audit.prune": "audit",
  "installation.rotate-master-key": "installation",
  "installation.back-up": "installation",
  "installation.restore": "installation",
} as const satisfies Readonly<Record<string, AuditObjectKind>>;

/** One audited action; see {@link auditObjectKindOf}. */
export type AuditAction = keyof typeof auditObjectKindOf;

/** Every audited action, in the order of the list. */
export const auditActions: readonly AuditAction[] = Object.keys(auditObjectKindOf).filter(isAuditAction);

/** The kinds of things audited actions are done to. */
export const auditObjectKinds = [
  "user",
  "invitation",
  "team",
  "sign-in",
  "personal-token",
  "api-key",
  "bot",
  "session-token",
  "lease",
  "call",
  "call-blocking",
  "block",
  "allow",
  "request",
  "audit",
  "installation",
] as const;

/** One kind of thing; see {@link auditObjectKinds}. */
export type AuditObjectKind = (typeof auditObjectKinds)[number];

/** The part of an action before the dot, with the dot: a filter by it finds everything that begins so. */
export const auditActionGroups: readonly string[] = [
  ...new Set(auditActions.map((action) => action.slice(0, action.indexOf(".") + 1))),
];

function isAuditAction(text: string): text is AuditAction {
  return Object.hasOwn(auditObjectKindOf, text);
}
