import { users } from "@switchboard/db/schema";
import type { Reader, Transaction } from "@switchboard/db/types";
import { eq } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { countedAddress } from "../../domain/ip-address.ts";
import { giveBackPoint } from "../limits/give-back-point.ts";
import { takePoint } from "../limits/take-point.ts";
import { writeAudit } from "../records.ts";
import { findPerson } from "./internal.ts";
import type { PersonView } from "./schemas.ts";

const THROTTLE_SECONDS = 15 * 60;
const TRIES_PER_EMAIL = 10;
const TRIES_PER_ADDRESS = 50;
const TRIES_PER_PERSON = 10;

/**
 * Counts a try of a password, to sign in by a tool or a browser, before the password is looked at; it is given back when
 * the password was right. The place is counted first: one that has used up its own tries takes none of anybody's. `email`
 * null: none that could be one was given.
 * @throws ServiceError rate-limited after too many failures for one e-mail address or from one place
 */
export async function throttleSignIn(ctx: ServiceContext, email: string | null): Promise<void> {
  await takePoint(ctx, addressKey(ctx), TRIES_PER_ADDRESS, THROTTLE_SECONDS);
  if (email !== null) await takePoint(ctx, emailKey(email), TRIES_PER_EMAIL, THROTTLE_SECONDS);
}

/**
 * Counts a try of one's own password by who is signed in, apart from the tries of strangers, who could otherwise keep a
 * person from confirming. Give it back with {@link giveBackConfirmation} when the password was right.
 * @throws ServiceError rate-limited after too many failures of this person's sign-ins and tokens
 */
export async function throttleConfirmation(ctx: ServiceContext, userId: string): Promise<void> {
  await takePoint(ctx, confirmationKey(userId), TRIES_PER_PERSON, THROTTLE_SECONDS);
}

/** Gives a try back in the caller's transaction that {@link throttleConfirmation} counted. */
export const giveBackConfirmation = (tx: Transaction, userId: string): Promise<void> =>
  giveBackPoint(tx, [confirmationKey(userId)]);

/** Gives a try back in the caller's transaction, whose password turned out to be right. */
const giveBackTry = (tx: Transaction, ctx: ServiceContext, email: string): Promise<void> =>
  giveBackPoint(tx, [emailKey(email), addressKey(ctx)]);

/** Notes in the caller's transaction that a person signed in: in the audit, and by giving the try back. */
export async function noteAcceptedSignIn(
  tx: Transaction,
  ctx: ServiceContext,
  email: string,
  person: Pick<PersonView, "userId" | "teamId">,
): Promise<void> {
  await giveBackTry(tx, ctx, email);
  const target = { objectId: person.userId, teamId: person.teamId };
  await writeAudit(tx, ctx, { action: "user.sign-in", ...target });
}

/**
 * Notes in the audit that somebody was refused. The row names the person where one is known, never the e-mail address, and is
 * their team's: the admins of others have nothing to do with it.
 */
export async function noteRefusedSignIn(ctx: ServiceContext, email: string | null): Promise<void> {
  const userId = await findUserId(ctx.db.reader, email);
  const person = userId === null ? null : await findPerson(ctx.db.reader, userId);
  const target = { objectId: userId, teamId: person?.teamId ?? null };
  await ctx.db.write((tx) => writeAudit(tx, ctx, { action: "user.sign-in", ...target, outcome: "denied" }));
}

async function findUserId(reader: Reader, email: string | null): Promise<string | null> {
  if (email === null) return null;
  const [row] = await reader.select({ id: users.id }).from(users).where(eq(users.email, email));
  return row?.id ?? null;
}

const confirmationKey = (userId: string): string => `password-confirmation:user:${userId}`;

const emailKey = (email: string): string => `sign-in:email:${email}`;

const addressKey = (ctx: ServiceContext): string => `sign-in:address:${countedAddress(ctx.request.address)}`;
