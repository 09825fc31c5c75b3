import type { TeamId } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import type { ServiceContext } from "../../../context.ts";
import { toInstant } from "../../bots/internal.ts";
import { writeAudit } from "../../records.ts";
import { isResetOf, revokeOpenCodes, storeOneTimeCode } from "../one-time-codes.ts";
import type { CreatedPasswordReset } from "./schemas.ts";

/** A reset is handed over by hand or read from a terminal: a day is enough for both. */
const RESET_MS = 24 * 3_600_000;

/** Makes a reset in the caller's transaction; who may was decided. Earlier ones of the person end. */
export async function addPasswordReset(
  tx: Transaction,
  ctx: ServiceContext,
  { userId, teamId }: { userId: string; teamId: TeamId },
): Promise<CreatedPasswordReset> {
  await revokeOpenCodes(tx, ctx, isResetOf(userId));
  const expiresAtMs = ctx.clock.nowMs() + RESET_MS;
  const { text } = await storeOneTimeCode(tx, ctx, { kind: "password-reset", userId, teamId, expiresAtMs });
  await writeAudit(tx, ctx, { action: "user.request-password-reset", objectId: userId, teamId });
  return { userId, code: text, expiresAt: toInstant(expiresAtMs) };
}
