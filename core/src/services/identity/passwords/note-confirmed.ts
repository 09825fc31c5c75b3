import { personalTokens, userSessions } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { and, eq, isNull } from "drizzle-orm";
import { ServiceError } from "../../../errors.ts";
import type { Person } from "../../access.ts";

/**
 * Notes in the caller's transaction that the password was given just now with the credential that asks; others of the
 * person stay as they are. Who was signed in by no browser and no token has nothing to note it with.
 * @throws ServiceError unauthenticated when the credential ended meanwhile
 */
export async function noteConfirmed(tx: Transaction, person: Person, nowMs: number): Promise<void> {
  const noted = person.kind === "user" ? await noteOnSignIn(tx, person, nowMs) : await noteOnToken(tx, person, nowMs);
  if (noted.length === 0) throw new ServiceError("unauthenticated", "This sign-in has ended. Sign in again.");
}

function noteOnSignIn(tx: Transaction, person: Extract<Person, { kind: "user" }>, confirmedAtMs: number) {
  const isThis = and(eq(userSessions.id, person.signInId ?? ""), eq(userSessions.userId, person.userId));
  return tx.update(userSessions).set({ confirmedAtMs }).where(isThis).returning({ id: userSessions.id });
}

function noteOnToken(tx: Transaction, person: Exclude<Person, { kind: "user" }>, confirmedAtMs: number) {
  const isThis = and(eq(personalTokens.id, person.tokenId), isNull(personalTokens.revokedAtMs));
  return tx.update(personalTokens).set({ confirmedAtMs }).where(isThis).returning({ id: personalTokens.id });
}
