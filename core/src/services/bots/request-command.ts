import { botPairings, bots, commands } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { and, eq, inArray } from "drizzle-orm";
import { actorName, type ServiceContext } from "../../context.ts";
import type { CommandKind } from "../../domain/vocabulary.ts";
import { ServiceError } from "../../errors.ts";
import { type AuthorizedBot, authorizeBot } from "../access.ts";
import { writeAudit } from "../records.ts";

/** A command that nobody took by then is void. */
const COMMAND_DEADLINE_MS = 5 * 60_000;

/** What an admin can ask of a bot's holder. */
export type BotCommand = Extract<CommandKind, "start" | "stop" | "restart" | "logout">;

/**
 * Asks for a bot to be started, stopped, restarted or logged out. Start and stop change the desired state, which outlives
 * every restart; the command's row tells when it was done. Asking twice is safe.
 * @throws ServiceError not-found, scope-missing; not-paired when a bot without a session is to be logged out
 */
export async function requestBotCommand(
  ctx: ServiceContext,
  input: { botId: string; command: BotCommand },
): Promise<{ commandId: string }> {
  const bot = await authorizeBot(ctx, input.botId, "bots:write");
  if (input.command === "logout" && !bot.isLinked)
    throw new ServiceError("not-paired", "This bot is not linked to a phone, so there is nothing to log out.");
  return ctx.db.write(async (tx) => {
    const desiredState = input.command === "stop" || input.command === "logout" ? "stopped" : "running";
    await tx.update(bots).set({ desiredState, updatedAtMs: ctx.clock.nowMs() }).where(eq(bots.id, bot.id));
    await tx
      .update(commands)
      .set({ state: "cancelled", finishedAtMs: ctx.clock.nowMs() })
      .where(and(eq(commands.botId, bot.id), eq(commands.state, "pending"), inArray(commands.kind, SUPERSEDED)));
    if (input.command === "stop") {
      // The phone's yes is not taken back by a stop; a code that nobody used yet is.
      const isUnused = and(eq(botPairings.botId, bot.id), inArray(botPairings.state, ["waiting", "qr", "code"]));
      await tx.delete(botPairings).where(isUnused);
    }
    const commandId = await addCommand(tx, ctx, bot, input.command, {});
    const target = { teamId: bot.teamId, botId: bot.id };
    await writeAudit(tx, ctx, { action: `bot.${input.command}`, objectId: bot.id, ...target });
    return { commandId };
  });
}

/** Queues a one-off request to the bot's holder in the caller's transaction; answers its id. */
export async function addCommand(
  tx: Transaction,
  ctx: ServiceContext,
  bot: AuthorizedBot<"bots:write"> | AuthorizedBot<"calls:write"> | AuthorizedBot<"blocking:write">,
  kind: CommandKind,
  payload: Readonly<Record<string, unknown>>,
): Promise<string> {
  const nowMs = ctx.clock.nowMs();
  const id = ctx.ids.next("command");
  const target = { id, teamId: bot.teamId, botId: bot.id, kind, payload, requestedBy: actorName(ctx.actor) };
  await tx.insert(commands).values({ ...target, createdAtMs: nowMs, deadlineAtMs: nowMs + COMMAND_DEADLINE_MS });
  return id;
}

const SUPERSEDED: CommandKind[] = ["start", "stop", "restart", "logout"];
