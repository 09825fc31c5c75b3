import { endAllCustody, forgetAnswers, makeDataKeysDue, raiseEventSequence } from "@switchboard/db/queries/restored";
import { botPairings, bots, commands, oneTimeCodes, sessionTokens } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { and, gt, inArray, isNull, ne, or } from "drizzle-orm";
import { actorName, type ServiceContext } from "../../context.ts";
import { assignedToWorkers } from "../../domain/vocabulary.ts";
import { assignBot, backToWorkers } from "../custody/internal.ts";
import { DATA_KEY_USES_MAX } from "../keys-rotation/data-key-standing.ts";
import { writeAudit } from "../records.ts";
import { revokeTokens } from "../sessions/revoke-tokens.ts";

/** What is known of a database that was put back. */
export interface Restored {
  /** ISO 8601; null: a copy that was put back by other means, of a moment nobody told. */
  readonly madeAt: string | null;
  /** The highest epoch of the database that it takes the place of; 0: that could not be read. */
  readonly knownEpoch: number;
  /** The last row of the audit that is replaced; null: that could not be read. */
  readonly replacedAuditSequence: number | null;
}

/** What was ended. */
export interface RecoveryAfterRestore {
  readonly bots: number;
  readonly sessionTokens: number;
  readonly oneTimeCodes: number;
  readonly commands: number;
}

/**
 * Makes a database that was put back safe to be used, in one transaction: every lease is over, every bot recovers its session
 * before its first message, nobody who was granted a bot in the time that is lost can write, and its answers are not
 * repeated. Session tokens and codes are ended, since some of them may have been ended or used in that time. Nobody is granted a bot
 * until `closeRestoredSessions` has done it. Of what else was revoked then the database knows nothing: keys, people and sign-ins are as they were. Safe to repeat.
 */
export function recoverAfterRestore(ctx: ServiceContext, restored: Restored): Promise<RecoveryAfterRestore> {
  const nowMs = ctx.clock.nowMs();
  return ctx.db.write(async (tx) => {
    await raiseEventSequence(tx);
    await endAllCustody(tx, restored.knownEpoch);
    await forgetAnswers(tx);
    await makeDataKeysDue(tx, DATA_KEY_USES_MAX);
    await tx.delete(botPairings);
    const result = {
      bots: await giveBotsBack(tx, ctx),
      sessionTokens: await revokeTokens(tx, ctx, gt(sessionTokens.expiresAtMs, nowMs)),
      oneTimeCodes: await endCodes(tx, ctx, nowMs),
      commands: await cancelCommands(tx, nowMs),
    };
    const { madeAt, replacedAuditSequence } = restored;
    const detail = { madeAt, replacedAuditSequence, ...result };
    await writeAudit(tx, ctx, { action: "installation.restore", objectId: null, teamId: null, detail });
    return result;
  });
}

/** States in which somebody held the bot. What a bot without a connection was, it still is. */
const CONNECTED = ["connecting", "pairing", "online", "backing-off", "handed-over"] as const;

/** Answers how many bots there are at all. */
async function giveBotsBack(tx: Transaction, ctx: ServiceContext): Promise<number> {
  const isAnybodys = or(inArray(bots.state, [...CONNECTED]), ne(bots.assignedTo, assignedToWorkers));
  for (const bot of await tx.select().from(bots).where(isAnybodys))
    await assignBot(tx, ctx, bot, backToWorkers(bot, "lease-revoked"));
  return (await tx.select({ id: bots.id }).from(bots)).length;
}

async function endCodes(tx: Transaction, ctx: ServiceContext, nowMs: number): Promise<number> {
  const isOpen = and(isNull(oneTimeCodes.usedAtMs), isNull(oneTimeCodes.revokedAtMs));
  const ended = tx
    .update(oneTimeCodes)
    .set({ revokedAtMs: nowMs, revokedBy: actorName(ctx.actor) })
    .where(isOpen);
  return (await ended.returning({ id: oneTimeCodes.id })).length;
}

async function cancelCommands(tx: Transaction, nowMs: number): Promise<number> {
  const isOpen = inArray(commands.state, ["pending", "running"]);
  const cancelled = tx.update(commands).set({ state: "cancelled", finishedAtMs: nowMs }).where(isOpen);
  return (await cancelled.returning({ id: commands.id })).length;
}
