import { personalTokens, userSessions } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { and, eq, isNull } from "drizzle-orm";
import { ServiceError } from "../../errors.ts";
import type { Person } from "../access.ts";
import { currentRole } from "./people/internal.ts";

/**
 * The person who asks with the role they have at this moment, for the transaction that makes a new credential: since their
 * request came in, what they asked with may have been ended, and then must leave nothing behind.
 * @throws ServiceError unauthenticated when the sign-in or token has ended; forbidden when they left the team
 */
export async function currentPerson<P extends Person>(tx: Transaction, person: P): Promise<P> {
  if (!(await isStillGood(tx, person)))
    throw new ServiceError("unauthenticated", "This sign-in has ended. Sign in again.", {}, { actor: person });
  return { ...person, role: await currentRole(tx, person) };
}

async function isStillGood(tx: Transaction, person: Person): Promise<boolean> {
  if (person.kind === "user" && person.signInId === null) return true;
  const found = person.kind === "user" ? await findSignIn(tx, person.signInId ?? "") : await findToken(tx, person);
  return found.some(({ userId }) => userId === person.userId);
}

const findSignIn = (tx: Transaction, signInId: string) =>
  tx.select({ userId: userSessions.userId }).from(userSessions).where(eq(userSessions.id, signInId));

const findToken = (tx: Transaction, { tokenId }: { tokenId: string }) =>
  tx
    .select({ userId: personalTokens.userId })
    .from(personalTokens)
    .where(and(eq(personalTokens.id, tokenId), isNull(personalTokens.revokedAtMs)));
