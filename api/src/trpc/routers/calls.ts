import { callStatistics } from "@switchboard/core/services/calls/call-statistics";
import { getCall } from "@switchboard/core/services/calls/get-call";
import { getLimit } from "@switchboard/core/services/calls/get-limit";
import { listCalls } from "@switchboard/core/services/calls/list-calls";
import { requestReject } from "@switchboard/core/services/calls/request-reject";
import { callStatisticsQuerySchema, listCallsSchema } from "@switchboard/core/services/calls/schemas";
import { procedure, router } from "../init.ts";
import { botInput, idSchema } from "../inputs.ts";

const callInput = botInput.extend({ callId: idSchema });

/** The calls of a bot: what became of them and why. */
export const callsRouter = router({
  /** A page of the history with the numbers of the same time; the filters that were applied are echoed. */
  list: procedure
    .input(listCallsSchema.safeExtend(botInput.shape))
    .query(({ ctx, input }) => listCalls(ctx.service, input)),
  get: procedure.input(callInput).query(({ ctx, input }) => getCall(ctx.service, input)),
  statistics: procedure
    .input(callStatisticsQuerySchema.safeExtend(botInput.shape))
    .query(({ ctx, input }) => callStatistics(ctx.service, input)),
  /** What is left of a caller's limit; `caller` is a number, a LID (`…@lid`) or a caller id. */
  limit: procedure.input(botInput.extend({ caller: idSchema })).query(({ ctx, input }) => getLimit(ctx.service, input)),
  /** Asks for a call that rings to be rejected. */
  reject: procedure.input(callInput).mutation(({ ctx, input }) => requestReject(ctx.service, input)),
});
