import { accounts } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import type { ServiceContext } from "../../context.ts";
import { isPasswordAccountOf, PASSWORD_PROVIDER } from "./password-account.ts";

/** Makes this hash the person's only password, in the caller's transaction. Ends no sign-in. */
export async function storePassword(
  tx: Transaction,
  ctx: ServiceContext,
  userId: string,
  passwordHash: string,
): Promise<void> {
  const now = new Date(ctx.clock.nowMs());
  const updated = await tx
    .update(accounts)
    .set({ password: passwordHash, updatedAt: now })
    .where(isPasswordAccountOf(userId))
    .returning({ id: accounts.id });
  if (updated.length > 0) return;
  const account = { id: ctx.ids.next("account"), providerId: PASSWORD_PROVIDER, accountId: userId, userId };
  await tx.insert(accounts).values({ ...account, password: passwordHash, createdAt: now, updatedAt: now });
}
