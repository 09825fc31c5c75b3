import type { Actor, ServiceContext } from "../../context.ts";
import { findPerson } from "./internal.ts";

/** A person whose sign-in was verified, in their first team; null when they belong to none. */
export async function authenticateUser(ctx: Pick<ServiceContext, "db">, userId: string): Promise<Actor | null> {
  const person = await findPerson(ctx.db.reader, userId);
  return person && { kind: "user", userId, teamId: person.teamId, role: person.role };
}
