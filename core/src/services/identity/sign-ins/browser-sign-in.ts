import { userSessions } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import type { ServiceContext } from "../../../context.ts";
import { ServiceError } from "../../../errors.ts";
import { findPerson } from "../internal.ts";
import { type ComparedPassword, isPasswordUnchanged } from "../is-password-unchanged.ts";
import { findByEmail } from "../password-account.ts";
import { noteAcceptedSignIn, noteRefusedSignIn, throttleSignIn } from "../watch-sign-in.ts";

/** A sign-in by a browser whose password another part of the product is about to compare. */
export interface BrowserTry {
  /** null: none that could be one was given. */
  readonly email: string | null;
  /** What the password will be compared with; null: nobody's. */
  readonly compared: ComparedPassword | null;
}

/** Counts the try like those of tools, before the password is looked at. @throws ServiceError rate-limited */
export async function beginBrowserSignIn(ctx: ServiceContext, email: string | null): Promise<BrowserTry> {
  await throttleSignIn(ctx, email);
  if (email === null) return { email, compared: null };
  const row = await findByEmail(ctx.db.reader, email);
  if (!row || row.passwordHash === null) return { email, compared: null };
  return { email, compared: { userId: row.userId, passwordHash: row.passwordHash } };
}

/**
 * Notes in the audit how it ended. `token` names the sign-in that was made; null: the password was wrong. A sign-in whose
 * password was changed or reset while it was compared is taken back.
 * @throws ServiceError unauthenticated when it was taken back
 */
export async function endBrowserSignIn(
  ctx: ServiceContext,
  { email, compared }: BrowserTry,
  token: string | null,
): Promise<void> {
  if (token === null) return noteRefusedSignIn(ctx, email);
  const person = compared && (await findPerson(ctx.db.reader, compared.userId));
  const isAccepted = await ctx.db.write(async (tx) => {
    if (email === null || !compared || !person || !(await isPasswordUnchanged(tx, compared))) {
      await tx.delete(userSessions).where(eq(userSessions.token, token));
      return false;
    }
    await noteAcceptedSignIn(tx, ctx, email, person);
    return true;
  });
  if (isAccepted) return;
  await noteRefusedSignIn(ctx, email);
  throw new ServiceError("unauthenticated", "Your password was changed meanwhile.", {}, { isAudited: true });
}
