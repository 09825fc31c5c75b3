import type { ServiceContext } from "../../context.ts";
import type { Scope } from "../../domain/vocabulary.ts";
import { ServiceError } from "../../errors.ts";
import { scopesOf } from "../access.ts";
import { findPerson } from "./internal.ts";
import type { PersonView } from "./schemas.ts";

/**
 * The signed-in person in the team they act in, and what their role allows there.
 * @throws ServiceError unauthenticated; forbidden for credentials that stand for no person
 */
export async function getMe(ctx: ServiceContext): Promise<PersonView & { scopes: readonly Scope[] }> {
  const { actor } = ctx;
  if (actor.kind === "api-key" || actor.kind === "session-token")
    throw new ServiceError("forbidden", "This credential stands for no person.");
  const isPerson = actor.kind === "user" || actor.kind === "personal-access-token";
  const person = isPerson ? await findPerson(ctx.db.reader, actor.userId, actor.teamId) : null;
  if (!person) throw new ServiceError("unauthenticated", "Sign in first.");
  return { ...person, scopes: scopesOf(actor) };
}
