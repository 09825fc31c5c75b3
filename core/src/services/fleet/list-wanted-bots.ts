import { databaseNowMs, LOCK_DELAY_MS } from "@switchboard/db/queries/custody";
import { type BotId, botPairings, bots, commands, custody, type TeamId } from "@switchboard/db/schema";
import { and, asc, eq, gt, inArray, isNotNull, or, sql } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import {
  assignedToWorkers,
  type CommandKind,
  type CustodyState,
  type PairingMethod,
  type PairingState,
} from "../../domain/vocabulary.ts";

/** What the database wishes of one bot, and who holds it. */
export interface WantedBot {
  readonly botId: BotId;
  readonly teamId: TeamId;
  readonly desiredState: "running" | "stopped";
  readonly isLinked: boolean;
  /** true: unlink the device when it can be done, then remove the row. */
  readonly isDeleted: boolean;
  /** true: a worker would be granted it now. Only a hint: the grant itself decides. */
  readonly isFree: boolean;
  /** The bot's lease as it stands; a holder compares it with its own. `leaseId` null: nobody holds the bot. */
  readonly custody: {
    readonly state: CustodyState;
    readonly epoch: number;
    readonly leaseId: string | null;
    /** For whom the bot is kept once it is given back: `workers` or a key id; null: nobody in particular. */
    readonly handoverTo: string | null;
  };
  readonly pairing: {
    readonly attemptId: string;
    readonly method: PairingMethod;
    readonly phoneNumber: string | null;
    /** `linking`: the phone has accepted, so the identity of this attempt must be kept. */
    readonly state: PairingState;
  } | null;
  readonly commands: readonly {
    readonly id: string;
    readonly kind: CommandKind;
    readonly payload: Readonly<Record<string, unknown>>;
  }[];
}

/**
 * Every bot that a worker should look at: those that should run, those with something pending, and those that `workerId`
 * holds. Level-triggered: the worker compares this with what it has and acts on the difference.
 */
export async function listWantedBots(
  ctx: Pick<ServiceContext, "db" | "clock">,
  workerId: string,
): Promise<readonly WantedBot[]> {
  const nowMs = ctx.clock.nowMs();
  const isHeldHere = and(eq(custody.holderKind, "worker"), eq(custody.holderId, workerId));
  const hasCommand = sql`exists (select 1 from commands where commands.bot_id = ${bots.id} and commands.state = 'pending')`;
  const isPairing = and(inArray(botPairings.state, ["waiting", "qr", "code", "linking"]), isNotNull(botPairings.botId));
  const [rows, pending] = await ctx.db.readBatch((reader) => [
    reader
      .select({ bot: bots, custody, pairing: botPairings, leaseClockMs: databaseNowMs })
      .from(bots)
      .innerJoin(custody, eq(custody.botId, bots.id))
      .leftJoin(botPairings, eq(botPairings.botId, bots.id))
      .where(
        and(
          or(eq(bots.assignedTo, assignedToWorkers), isNotNull(bots.deletedAtMs), isHeldHere),
          or(eq(bots.desiredState, "running"), isNotNull(bots.deletedAtMs), isHeldHere, hasCommand, isPairing),
        ),
      )
      .orderBy(asc(bots.id)),
    reader
      .select()
      .from(commands)
      .where(and(eq(commands.state, "pending"), gt(commands.deadlineAtMs, nowMs)))
      .orderBy(asc(commands.id)),
  ]);
  const isActive = (state: string) => state === "waiting" || state === "qr" || state === "code" || state === "linking";
  return rows.map(({ bot, custody: held, pairing, leaseClockMs }) => ({
    botId: bot.id,
    teamId: bot.teamId,
    desiredState: bot.desiredState,
    isLinked: bot.isLinked,
    isDeleted: bot.deletedAtMs !== null,
    isFree: isForWorkers(bot) && isFree(held, workerId, leaseClockMs),
    custody: { state: held.state, epoch: held.epoch, leaseId: held.leaseId, handoverTo: held.handoverTo },
    pairing: pairing && isActive(pairing.state) && !isOverdue(pairing, nowMs) ? pairing : null,
    commands: pending.filter((command) => command.botId === bot.id),
  }));
}

/** A request that no worker took up in time is over, and a worker that comes back later must not act on it. */
const isOverdue = (pairing: typeof botPairings.$inferSelect, nowMs: number): boolean =>
  pairing.state === "waiting" && pairing.expiresAtMs !== null && pairing.expiresAtMs <= nowMs;

/** A deleted bot is unlinked and removed by a worker, whoever had it. */
const isForWorkers = (bot: typeof bots.$inferSelect): boolean =>
  bot.assignedTo === assignedToWorkers || bot.deletedAtMs !== null;

/** The database decides at the acquire; this only spares it the tries that cannot succeed. */
function isFree(held: typeof custody.$inferSelect, workerId: string, nowMs: number): boolean {
  const isReserved = held.handoverTo !== null && held.handoverTo !== assignedToWorkers;
  if (held.state === "frozen" || held.notBeforeMs > nowMs) return false;
  if (isReserved && (held.reservedUntilMs ?? 0) > nowMs) return false;
  if (held.state === "free") return true;
  const isOwn = held.holderKind === "worker" && held.holderId === workerId;
  return isOwn || held.expiresAtMs + LOCK_DELAY_MS <= nowMs;
}
