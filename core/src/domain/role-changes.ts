import { type Role, roles } from "./vocabulary.ts";

/** Why somebody may not do something to a person. */
export type PeopleRefusal = "not-admin" | "above-own-role" | "above-elsewhere";

/** Whether a change among people is allowed, and if not, why. */
export type PeopleDecision = { readonly ok: true } | { readonly ok: false; readonly reason: PeopleRefusal };

const ALLOWED: PeopleDecision = { ok: true };

/** Whether `role` is as mighty as `other`, or mightier. */
export const isAtLeast = (role: Role, other: Role): boolean => roles.indexOf(role) <= roles.indexOf(other);

/** Whether the actor may give this role, or have to do with somebody who holds it: admins up to their own role. */
export function decideManaging(actorRole: Role, role: Role): PeopleDecision {
  if (!isAtLeast(actorRole, "admin")) return refused("not-admin");
  return isAtLeast(actorRole, role) ? ALLOWED : refused("above-own-role");
}

/** Whether the actor may turn a member of role `from` into one of role `to`; nobody rises above the actor's own role. */
export function decideRoleChange(actorRole: Role, from: Role, to: Role): PeopleDecision {
  const touching = decideManaging(actorRole, from);
  return touching.ok ? decideManaging(actorRole, to) : touching;
}

/** Whether the actor may end a membership. Everybody may leave; that an owner stays is checked by the statement itself. */
export function decideRemoval(actorRole: Role, member: { readonly role: Role; readonly isSelf: boolean }) {
  return member.isSelf ? ALLOWED : decideManaging(actorRole, member.role);
}

/** The roles of two people in one team. */
export interface SharedTeam {
  /** null: the actor does not belong to this team. */
  readonly actorRole: Role | null;
  readonly role: Role;
}

/**
 * Whether the actor may give a person a way to a new password. It opens every team of that person, so the actor must be
 * allowed to manage them in each.
 * @param teams all teams of the person; without any the answer is no
 */
export function decidePasswordReset(teams: readonly SharedTeam[]): PeopleDecision {
  const isAllowed = teams.every(({ actorRole, role }) => actorRole !== null && decideManaging(actorRole, role).ok);
  return isAllowed && teams.length > 0 ? ALLOWED : refused("above-elsewhere");
}

const refused = (reason: PeopleRefusal): PeopleDecision => ({ ok: false, reason });
