import { countBots } from "@switchboard/core/services/bots/count-bots";
import { createBot } from "@switchboard/core/services/bots/create-bot";
import { deleteBot } from "@switchboard/core/services/bots/delete-bot";
import { getBot } from "@switchboard/core/services/bots/get-bot";
import { getBotHistory } from "@switchboard/core/services/bots/get-history";
import { listBots } from "@switchboard/core/services/bots/list-bots";
import { cancelPairing, getPairing, requestPairing } from "@switchboard/core/services/bots/pairing";
import { type BotCommand, requestBotCommand } from "@switchboard/core/services/bots/request-command";
import {
  botHistorySchema,
  countBotsSchema,
  createBotSchema,
  deleteBotSchema,
  listBotsSchema,
  requestPairingSchema,
  updateBotSchema,
} from "@switchboard/core/services/bots/schemas";
import { updateBot } from "@switchboard/core/services/bots/update-bot";
import { procedure, router } from "../init.ts";
import { botInput } from "../inputs.ts";

/** The team's bots, their starts and stops, and how they are linked to a phone. */
export const botsRouter = router({
  list: procedure.input(listBotsSchema.prefault({})).query(({ ctx, input }) => listBots(ctx.service, input)),
  get: procedure.input(botInput).query(({ ctx, input }) => getBot(ctx.service, input)),
  /** How many bots are in each state. */
  counts: procedure.input(countBotsSchema.prefault({})).query(({ ctx, input }) => countBots(ctx.service, input)),
  /** The states of the last hours. */
  history: procedure
    .input(botInput.extend(botHistorySchema.shape))
    .query(({ ctx, input }) => getBotHistory(ctx.service, input)),
  create: procedure.input(createBotSchema).mutation(({ ctx, input }) => createBot(ctx.service, input)),
  /** Renames a bot or moves it to another time zone. */
  update: procedure
    .input(botInput.extend({ changes: updateBotSchema }))
    .mutation(({ ctx, input }) => updateBot(ctx.service, { botId: input.botId, ...input.changes })),
  /** `confirm` is the bot's name. */
  delete: procedure
    .input(botInput.extend(deleteBotSchema.shape))
    .mutation(({ ctx, input }) => deleteBot(ctx.service, input)),
  start: commandProcedure("start"),
  stop: commandProcedure("stop"),
  restart: commandProcedure("restart"),
  /** Unlinks the device; stop keeps everything. */
  logout: commandProcedure("logout"),
  pairing: router({
    /** The QR text or the code is there only while it can be used. */
    get: procedure.input(botInput).query(({ ctx, input }) => getPairing(ctx.service, input)),
    request: procedure
      .input(botInput.extend({ pairing: requestPairingSchema }))
      .mutation(({ ctx, input }) => requestPairing(ctx.service, { botId: input.botId, ...input.pairing })),
    cancel: procedure.input(botInput).mutation(({ ctx, input }) => cancelPairing(ctx.service, input)),
  }),
});

function commandProcedure(command: BotCommand) {
  return procedure
    .input(botInput)
    .mutation(({ ctx, input }) => requestBotCommand(ctx.service, { botId: input.botId, command }));
}
