// The repairs come before anything that loads Baileys: imports run in their order here.
import "../../../../worker/src/whatsapp/repairs/install.ts";
import type { BotConnection } from "../../../../worker/src/bot-connection.ts";
import type { WorkerDeps } from "../../../../worker/src/deps.ts";
import { createBotHandlers } from "../../../../worker/src/handlers/bot-handlers.ts";
import { Supervisor } from "../../../../worker/src/supervisor.ts";
import type { SimulatedContact } from "../../../simulator/index.ts";
import type { TestBot } from "./test-bot.ts";
import { until } from "./until.ts";
import type { TestWorkerOptions, WorkerWorld } from "./worker-world.ts";

/** A worker whose bots a test can make send. */
export interface Driver {
  readonly deps: WorkerDeps;
  /** Sends a text to a contact; resolves with the server's word. @throws when it could not be handed over */
  say(bot: TestBot, to: SimulatedContact, text: string): Promise<string>;
  /** The epoch under which the bot is held here; null when it is not. */
  epochOf(bot: TestBot): number | null;
  /** Gives every bot back. */
  stop(): Promise<void>;
  /** Ends as kill -9 does, as far as this can be in one process: sockets break, nothing is given back. */
  kill(): Promise<void>;
}

/** Starts one on the world's database, or another that is given. */
export function startDriver(world: WorkerWorld, options: TestWorkerOptions): Driver {
  const { deps } = world.makeWorker(options);
  const bots = new Map<string, BotConnection>();
  const makeHandlers = (bot: BotConnection) => {
    bots.set(bot.lease.botId, bot);
    return createBotHandlers(deps, bot);
  };
  const supervisor = new Supervisor(deps, makeHandlers, async () => true);
  supervisor.start();
  return {
    deps,
    say: async (bot, to, text) => {
      const live = await until(() => {
        const found = bots.get(bot.id)?.live;
        return found?.isOpen === true ? found : null;
      });
      const { socket } = live;
      if (socket === null) throw new Error("the connection is over");
      return (await socket.sendText({ jid: to.lid, text, messageId: socket.newMessageId() })).status;
    },
    epochOf: (bot) => {
      const found = bots.get(bot.id);
      return found === undefined || found.isLost ? null : found.lease.epoch;
    },
    stop: () => supervisor.stop(),
    kill: async () => {
      const stopped = supervisor.stop();
      for (const bot of bots.values()) bot.loseLease();
      await stopped;
    },
  };
}
