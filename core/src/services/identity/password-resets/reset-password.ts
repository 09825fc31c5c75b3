import type { z } from "zod";
import type { ServiceContext } from "../../../context.ts";
import { giveBackPoint } from "../../limits/give-back-point.ts";
import { writeAudit } from "../../records.ts";
import { endTokensOfPerson } from "../../sessions/end-tokens-of-person.ts";
import {
  badCode,
  codeTries,
  findOneTimeCode,
  isResetOf,
  type OneTimeCodeRow,
  revokeOpenCodes,
  throttleCodes,
  useOneTimeCode,
} from "../one-time-codes.ts";
import { passwordHintsOf } from "../password-hints.ts";
import { requireStrongPassword } from "../password-rules.ts";
import { endPersonalTokens, endSignIns } from "../sign-ins/end-credentials.ts";
import { storePassword } from "../store-password.ts";
import type { resetPasswordSchema } from "./schemas.ts";

/**
 * Sets a new password by a code that works once, and ends every browser sign-in, personal access token and session token
 * of the person: whoever has the old password is out, with what they made by it.
 * @throws ServiceError not-found for every code that opens nothing; rate-limited after too many tries from one place;
 *   validation-failed for a password that is soon guessed, which does not use the code up
 */
export async function resetPassword(ctx: ServiceContext, input: z.output<typeof resetPasswordSchema>): Promise<void> {
  await throttleCodes(ctx);
  const reset = await findReset(ctx, input.code);
  await requireStrongPassword(
    ctx,
    "newPassword",
    input.newPassword,
    await passwordHintsOf(ctx.db.reader, reset.userId),
  );
  const passwordHash = await ctx.passwords.hash(input.newPassword);
  await ctx.db.write(async (tx) => {
    await useOneTimeCode(tx, reset.id, ctx.clock.nowMs());
    await revokeOpenCodes(tx, ctx, isResetOf(reset.userId));
    await storePassword(tx, ctx, reset.userId, passwordHash);
    await endSignIns(tx, ctx, { userId: reset.userId, exceptId: null });
    await endPersonalTokens(tx, ctx, { userId: reset.userId, exceptId: null });
    await endTokensOfPerson(tx, ctx, { teamId: "every", userId: reset.userId });
    await giveBackPoint(tx, [codeTries(ctx)]);
    await writeAudit(tx, ctx, { action: "user.reset-password", objectId: reset.userId, teamId: reset.teamId });
  });
}

async function findReset(ctx: ServiceContext, code: string): Promise<OneTimeCodeRow & { userId: string }> {
  const row = await findOneTimeCode(ctx, code, "password-reset");
  if (row && row.userId !== null) return { ...row, userId: row.userId };
  await ctx.db.write((tx) =>
    writeAudit(tx, ctx, { action: "user.reset-password", objectId: null, teamId: null, outcome: "denied" }),
  );
  throw badCode({ isAudited: true });
}
