import { databaseNowMs, type LeaseName } from "@switchboard/db/queries/custody";
import { bots, custody } from "@switchboard/db/schema";
import type { Reader } from "@switchboard/db/types";
import { and, eq, isNull } from "drizzle-orm";
import type { Actor, ServiceContext } from "../../context.ts";
import { isHeldState } from "../../domain/vocabulary.ts";
import { notFound, ServiceError } from "../../errors.ts";
import { type AuthorizedBot, authorizeBot } from "../access.ts";

/** The custody row of a bot as the database holds it; its instants are the database's clock. */
export type CustodyRow = typeof custody.$inferSelect;

/** A lease that its own token was presented for, and that was the bot's when the row was read. */
export interface AuthorizedLease {
  readonly bot: AuthorizedBot<"session:lease">;
  readonly lease: LeaseName;
  /** The API key that was granted the lease. */
  readonly keyId: string;
  readonly custody: CustodyRow;
}

/**
 * The lease the actor's lease token names, when it still is the bot's. Read from the row at each call, so that a
 * revocation holds from the next request on. A later write must compare lease id and epoch again, in its own statement.
 * @param options.isExpiredAllowed true for writes: those of the current epoch are accepted after the lease's end, since
 *   nobody else has acquired and refusing them would only lose ratchet steps. Reads and renewals are not.
 * @throws ServiceError unauthenticated; forbidden for other credentials; not-found for another bot than the token's;
 *   stale-epoch (with `epoch`) when somebody was granted the bot since, or the lease was revoked: final;
 *   lease-lost when the lease was released or has run out
 */
export async function authorizeLease(
  ctx: ServiceContext,
  botId: string,
  options: { readonly isExpiredAllowed?: boolean; readonly reader?: Reader } = {},
): Promise<AuthorizedLease> {
  const { actor } = ctx;
  if (actor.kind !== "lease-token") return refuseOthers(ctx, botId);
  if (actor.botId !== botId) throw notFound();
  const found = await readCustody(options.reader ?? ctx.db.reader, actor);
  const { bot, custody: row, nowMs } = found;
  if (row.epoch !== actor.epoch || (row.leaseId !== null && row.leaseId !== actor.leaseId)) throw staleEpoch(row.epoch);
  const isHeld = row.leaseId !== null && isHeldState(row.state);
  const isOver = row.expiresAtMs <= nowMs && options.isExpiredAllowed !== true;
  if (!isHeld || isOver) throw leaseLost();
  const lease = { botId: bot.id, leaseId: actor.leaseId, epoch: actor.epoch };
  return { bot: bot as AuthorizedBot<"session:lease">, lease, keyId: actor.keyId, custody: row };
}

/** Final: the holder must end its connection and write nothing more. `epoch` is the present one. */
export const staleEpoch = (epoch: number) =>
  new ServiceError("stale-epoch", "Somebody else may hold this session now. End the connection; do not try again.", {
    extra: { epoch },
  });

/** The lease is over and nobody else was granted the bot yet. */
export const leaseLost = () =>
  new ServiceError("lease-lost", "This lease is over. End the connection, then ask for a new lease.");

async function readCustody(reader: Reader, actor: Extract<Actor, { kind: "lease-token" }>) {
  const isTheirs = and(eq(bots.id, actor.botId), eq(bots.teamId, actor.teamId), isNull(bots.deletedAtMs));
  const [found] = await reader
    .select({ bot: bots, custody, nowMs: databaseNowMs })
    .from(bots)
    .innerJoin(custody, eq(custody.botId, bots.id))
    .where(isTheirs);
  if (!found) throw notFound();
  return found;
}

/** Who may hold the bot is told what to present; everybody else what they would be told of any bot. */
async function refuseOthers(ctx: ServiceContext, botId: string): Promise<never> {
  if (ctx.actor.kind === "session-token")
    throw new ServiceError("forbidden", "A session token can only fetch its session and renew itself.");
  await authorizeBot(ctx, botId, "session:lease");
  throw new ServiceError(
    "forbidden",
    "This takes a lease token: ask for a lease, and present the token it comes with.",
  );
}
