import { type BotId, botPairings, bots, commands, custody } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { and, eq, inArray } from "drizzle-orm";
import { actorName, type ServiceContext } from "../../context.ts";
import { type BotState, type CommandKind, type HolderKind, isHeldState } from "../../domain/vocabulary.ts";
import { notFound, ServiceError } from "../../errors.ts";
import { type AuthorizedBot, authorizeBot } from "../access.ts";
import { writeAudit } from "../records.ts";
import { emitBotState } from "./internal.ts";

/** A command that nobody took by then is void. */
const COMMAND_DEADLINE_MS = 5 * 60_000;

/** What an admin can ask of a bot's holder. */
export type BotCommand = Extract<CommandKind, "start" | "stop" | "restart" | "logout">;

/**
 * Asks for a bot to be started, stopped, restarted or logged out. Start and stop change the desired state, which outlives
 * every restart; the command's row tells when it was done: at once where no worker has anything to do for it. A changed
 * wish is told as `bot.state`. Asking twice is safe.
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
    if (await changeWish(tx, ctx, bot.id, input.command)) await finishAtOnce(tx, ctx, commandId);
    const target = { teamId: bot.teamId, botId: bot.id };
    await writeAudit(tx, ctx, { action: `bot.${input.command}`, objectId: bot.id, ...target });
    return { commandId };
  });
}

/**
 * Writes what is wished from now on, and tells it where that is new. true: no worker has anything to do for it, because
 * none holds the bot and none would take it. A bot that nobody holds is stopped by the wish alone.
 */
async function changeWish(tx: Transaction, ctx: ServiceContext, botId: BotId, command: BotCommand): Promise<boolean> {
  const nowMs = ctx.clock.nowMs();
  const [before] = await tx
    .select({ bot: bots, custody })
    .from(bots)
    .innerJoin(custody, eq(custody.botId, bots.id))
    .where(eq(bots.id, botId));
  if (!before) throw notFound();
  const { bot } = before;
  const desiredState = command === "stop" || command === "logout" ? "stopped" : "running";
  const holder = holderKindOf(before.custody, nowMs);
  const isStopped = command === "stop" && holder === null && UNDER_WAY.includes(bot.state);
  const stopped = isStopped ? ({ state: "stopped", stateReason: "stopped-by-user", stateSinceMs: nowMs } as const) : {};
  await tx
    .update(bots)
    .set({ desiredState, updatedAtMs: nowMs, ...stopped })
    .where(eq(bots.id, botId));
  if (isStopped || bot.desiredState !== desiredState) await emitBotState(tx, ctx, botId);
  if (holder === "worker" || command === "logout") return false;
  return command === "stop" || !bot.isLinked || (command === "start" && holder === "key");
}

/** Who holds the bot as far as this process's clock tells; null: nobody, or somebody whose lease has run out. */
function holderKindOf(held: typeof custody.$inferSelect, nowMs: number): HolderKind | null {
  const isHeld = isHeldState(held.state) && held.expiresAtMs > nowMs;
  return isHeld ? held.holderKind : null;
}

async function finishAtOnce(tx: Transaction, ctx: ServiceContext, commandId: string): Promise<void> {
  const done = { state: "done", result: {}, finishedAtMs: ctx.clock.nowMs() } as const;
  await tx.update(commands).set(done).where(eq(commands.id, commandId));
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

/** States that a stop ends; the others tell of something that a person has to know. */
const UNDER_WAY: readonly BotState[] = ["connecting", "pairing", "online", "backing-off", "handed-over"];

const SUPERSEDED: CommandKind[] = ["start", "stop", "restart", "logout"];
