import { accounts, users } from "@switchboard/db/schema";
import type { Reader } from "@switchboard/db/types";
import { and, eq } from "drizzle-orm";

/** The name under which a person's account with a password is kept. */
export const PASSWORD_PROVIDER = "credential";

/** True of the account that holds this person's password; there is one at most. */
export const isPasswordAccountOf = (userId: string) =>
  and(eq(accounts.userId, userId), eq(accounts.providerId, PASSWORD_PROVIDER));

/** People with the hash of their password; null: they have none. Add whose with `where`. */
export const selectPasswords = (reader: Reader) =>
  reader
    .select({ userId: users.id, passwordHash: accounts.password })
    .from(users)
    .leftJoin(accounts, and(eq(accounts.userId, users.id), eq(accounts.providerId, PASSWORD_PROVIDER)))
    .$dynamic();

/** The person of this e-mail address, with the hash of their password; undefined for an address nobody has. */
export async function findByEmail(reader: Reader, email: string) {
  const [row] = await selectPasswords(reader).where(eq(users.email, email));
  return row;
}
