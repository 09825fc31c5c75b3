import { users } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import type { ServiceContext } from "../../../context.ts";
import { invalid, ServiceError } from "../../../errors.ts";
import type { Person } from "../../access.ts";
import { writeAudit } from "../../records.ts";
import { selectPasswords } from "../password-account.ts";
import { throttleConfirmation } from "../watch-sign-in.ts";

/** What is to be compared, and where it came from. */
interface GivenPassword {
  readonly field: "password" | "currentPassword";
  readonly text: string;
  readonly action: "user.confirm-password" | "user.change-password";
}

/** The account whose password was given. */
export interface ConfirmedAccount {
  /** The hash that was compared: a change must find it still there. */
  readonly passwordHash: string;
}

/**
 * Compares the password of the person who asks. A try counts with all others of this person's sign-ins and tokens, so that a
 * stolen token is no way to guess it; the caller gives it back with `giveBackConfirmation`. A wrong one is in the audit. Not
 * "unauthenticated": a client would take that for the end of its sign-in.
 * @throws ServiceError validation-failed for a wrong password; rate-limited after too many tries
 */
export async function checkOwnPassword(
  ctx: ServiceContext,
  person: Person,
  { field, text, action }: GivenPassword,
): Promise<ConfirmedAccount> {
  const [row] = await selectPasswords(ctx.db.reader).where(eq(users.id, person.userId));
  if (!row) throw new ServiceError("unauthenticated", "Sign in first.");
  const { passwordHash } = row;
  await throttleConfirmation(ctx, person.userId);
  if (passwordHash !== null && (await ctx.passwords.verify(text, passwordHash))) return { passwordHash };
  const target = { objectId: person.userId, teamId: person.teamId };
  await ctx.db.write((tx) => writeAudit(tx, ctx, { action, ...target, outcome: "denied" }));
  throw invalid(field, "This is not your password.");
}
