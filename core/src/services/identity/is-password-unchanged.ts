import { accounts } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { and, eq } from "drizzle-orm";
import { isPasswordAccountOf } from "./password-account.ts";

/** A person, and the hash their password was compared with. */
export interface ComparedPassword {
  readonly userId: string;
  readonly passwordHash: string;
}

/**
 * Whether the hash is still the person's. Comparing takes long, and a reset or a change meanwhile puts out whoever came
 * with the old password: ask in the transaction that lets somebody in.
 */
export async function isPasswordUnchanged(
  tx: Transaction,
  { userId, passwordHash }: ComparedPassword,
): Promise<boolean> {
  const found = await tx
    .select({ id: accounts.id })
    .from(accounts)
    .where(and(isPasswordAccountOf(userId), eq(accounts.password, passwordHash)));
  return found.length > 0;
}
