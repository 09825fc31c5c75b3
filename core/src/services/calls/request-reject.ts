import type { CallRow } from "@switchboard/db/queries/screening";
import type { ServiceContext } from "../../context.ts";
import { ServiceError } from "../../errors.ts";
import { authorizeBot } from "../access.ts";
import { addCommand } from "../bots/request-command.ts";
import { writeAudit } from "../records.ts";
import { getOwnedCall } from "./internal.ts";

/** No phone rings longer than this, whatever we have or have not heard of the call. */
const RINGING_MS_MAX = 120_000;

/**
 * Asks the bot's holder to reject a call that rings. The decision that was made stays in the history; no text is sent.
 * @throws ServiceError not-found, scope-missing; call-ended when it is over, was answered or was rejected
 */
export async function requestReject(
  ctx: ServiceContext,
  input: { botId: string; callId: string },
): Promise<{ commandId: string }> {
  const bot = await authorizeBot(ctx, input.botId, "calls:write");
  const nowMs = ctx.clock.nowMs();
  return ctx.db.write(async (tx) => {
    const { call } = await getOwnedCall(tx, bot.id, input.callId);
    if (!mayRing(call, nowMs)) throw new ServiceError("call-ended", "This call does not ring any more.");
    const { id: callRowId, callId, callFrom } = call;
    const commandId = await addCommand(tx, ctx, bot, "reject-call", { callRowId, callId, callFrom });
    const target = { objectId: call.id, botId: bot.id, teamId: bot.teamId };
    await writeAudit(tx, ctx, { action: "call.reject", ...target });
    return { commandId };
  });
}

const mayRing = (call: CallRow, nowMs: number): boolean =>
  call.ended === null &&
  !call.isAccepted &&
  !call.isLate &&
  call.rejectStatus !== "confirmed" &&
  nowMs - call.receivedAtMs <= RINGING_MS_MAX;
