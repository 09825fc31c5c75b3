/**
 * What the audit tells of: each action with the kind of thing it is done to. An action names its object and its verb, so
 * that a filter by the part before the dot finds everything that was done to one kind of thing.
 */
export const auditObjectKinds = {
  "setup.complete": "user",
  "user.sign-in": "user",
  "user.sign-out": "personal-token",
  "user.sign-out-everywhere": "user",
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
  "bot.create": "bot",
  "bot.update": "bot",
  "bot.delete": "bot",
  "bot.start": "bot",
  "bot.stop": "bot",
  "bot.restart": "bot",
  "bot.logout": "bot",
  "bot.pair": "bot",
  "bot.cancel-pairing": "bot",
  "session.disclose": "bot",
  "session-token.issue": "session-token",
  "session-token.renew": "session-token",
  "session-token.revoke": "session-token",
  "call.reject": "call",
  "call-blocking.replace": "call-blocking",
  "call-blocking.patch": "call-blocking",
  "block.create": "block",
  "block.lift": "block",
  "block.restore": "block",
  "allow.create": "allow",
  "allow.remove": "allow",
  "request.refused": "request",
} as const;

/** One audited action; see {@link auditObjectKinds}. */
export type AuditAction = keyof typeof auditObjectKinds;

/** The kind of thing an audited action is done to. */
export type AuditObjectKind = (typeof auditObjectKinds)[AuditAction];

/** Every audited action, in the order of the list. */
export const auditActions: readonly AuditAction[] = Object.keys(auditObjectKinds).filter(isAuditAction);

/** Whether this version knows the action; rows of an older one may hold others. */
export function isAuditAction(text: string): text is AuditAction {
  return Object.hasOwn(auditObjectKinds, text);
}
