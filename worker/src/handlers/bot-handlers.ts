import { importKnownContacts } from "@switchboard/core/services/callers/import-known-contacts";
import { learnIdentity } from "@switchboard/core/services/callers/learn-identity";
import { noteMessage } from "@switchboard/core/services/callers/note-message";
import { recordReplyReceipt } from "@switchboard/core/services/calls/record-reply";
import { settleUnfinished } from "@switchboard/core/services/calls/settle-unfinished";
import { suspendReplies } from "@switchboard/core/services/calls/suspend-replies";
import type { BotConnection, BotHandlers } from "../bot-connection.ts";
import type { WorkerDeps } from "../deps.ts";
import type { ChatPerson } from "../whatsapp/events.ts";
import { CallHandler } from "./call-handler.ts";
import { isForConnection, runCommand } from "./commands.ts";
import { Ordered } from "./ordered.ts";
import { untilStored } from "./until-stored.ts";

/** What one bot does with calls, contacts and the fate of its replies. */
export function createBotHandlers(deps: WorkerDeps, bot: BotConnection): BotHandlers {
  const calls = new CallHandler(bot);
  const notes = new Ordered();
  const taken = new Set<string>();
  const startedAtMs = deps.ctx.clock.nowMs();
  const { ctx, logger } = deps;
  const { lease } = bot;
  let isFrozen = false;
  const note = (what: string, work: () => Promise<unknown>) =>
    notes.run(what, async () => {
      if (bot.isLost) return;
      await work().catch((err: unknown) => logger.warn({ botId: lease.botId, err }, `${what} could not be noted`));
    });

  const storing = { isAlive: bot.isAlive, retryMs: deps.timings.retryMs };
  const keep = (what: string, write: () => Promise<unknown>) => note(what, () => untilStored(storing, write));

  return {
    onCall: (stanza) => {
      if (!bot.isLost) calls.onCall(stanza);
    },
    onMessage: (message) => {
      if (!isOwn(bot, message)) keep("a message", () => noteMessage(ctx, { lease, ...message }));
    },
    onHistory: (chats) => {
      const contacts = chats.filter((chat) => !isOwn(bot, chat));
      if (contacts.length > 0) keep("the history", () => importKnownContacts(ctx, { lease, contacts }));
    },
    onIdentity: (identity) => keep("an identity", () => learnIdentity(ctx, { lease, ...identity })),
    onReceipt: (receipt) => keep("a receipt", () => recordReplyReceipt(ctx, { lease, ...receipt })),
    onTimeLock: () => keep("the time-lock", () => suspendReplies(ctx, { lease, reason: "reach-out-time-lock" })),
    onOpen: () => keep("unfinished calls", () => settleUnfinished(ctx, { lease, beforeMs: startedAtMs })),
    onCommands: (commands) => {
      for (const command of isFrozen ? [] : commands) {
        if (!isForConnection(command) || bot.live?.isOpen !== true || taken.has(command.id)) continue;
        taken.add(command.id);
        note(`command ${command.id}`, () => runCommand(bot, calls, command));
      }
    },
    freeze: () => {
      isFrozen = true;
      calls.freeze();
    },
    settled: async () => {
      await calls.settled();
      await notes.settled();
    },
  };
}

/** Messages of the own account to itself make nobody known. */
function isOwn(bot: BotConnection, person: ChatPerson): boolean {
  const isOwnNumber = person.phoneNumber !== null && person.phoneNumber === bot.account?.phoneNumber;
  return isOwnNumber || (person.lid !== null && person.lid === bot.account?.lid);
}
