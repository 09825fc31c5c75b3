import { accounts } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { and, eq } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";

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
    .where(and(eq(accounts.userId, userId), eq(accounts.providerId, "credential")))
    .returning({ id: accounts.id });
  if (updated.length > 0) return;
  const account = { id: ctx.ids.next("account"), providerId: "credential", accountId: userId, userId };
  await tx.insert(accounts).values({ ...account, password: passwordHash, createdAt: now, updatedAt: now });
}
