import type { ServiceContext } from "../../context.ts";
import { isHeldState } from "../../domain/vocabulary.ts";
import { ServiceError } from "../../errors.ts";
import { authorizeBot } from "../access.ts";
import { type AuthorizedLease, authorizeLease, leaseLost } from "./authorize-lease.ts";
import { custodyOf, isAlive } from "./internal.ts";

/**
 * The lease of whoever holds the bot: by its lease token, or by the API key that was granted it. A key cannot tell its own
 * processes apart; a lease token can.
 * @throws ServiceError as authorizeLease; forbidden for people; lease-lost for a key that does not hold the bot
 */
export async function authorizeHolder(
  ctx: ServiceContext,
  botId: string,
  options: { readonly isExpiredAllowed?: boolean } = {},
): Promise<AuthorizedLease> {
  if (ctx.actor.kind !== "api-key" && ctx.actor.kind !== "user" && ctx.actor.kind !== "personal-access-token")
    return authorizeLease(ctx, botId, options);
  const bot = await authorizeBot(ctx, botId, "session:lease");
  if (ctx.actor.kind !== "api-key") throw holdersOnly();
  const reading = await custodyOf(ctx.db.reader, bot.id);
  const { leaseId, epoch, holderKind, holderId, state } = reading.custody;
  const { keyId } = ctx.actor;
  const isTheirs = leaseId !== null && holderKind === "key" && holderId === keyId;
  if (!isTheirs || !isHeldState(state)) throw leaseLost();
  if (!isAlive(reading) && options.isExpiredAllowed !== true) throw leaseLost();
  return { bot, lease: { botId: bot.id, leaseId, epoch }, keyId, custody: reading.custody };
}

const holdersOnly = () =>
  new ServiceError("forbidden", "Only the microservice that holds the bot may do this. People revoke leases.");
