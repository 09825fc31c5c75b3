import { bots, type TeamId } from "@switchboard/db/schema";
import { and, eq } from "drizzle-orm";
import { type Actor, principalName, type ServiceContext } from "../../context.ts";
import { looksLikeId } from "../../crypto/ids.ts";
import { countedAddress } from "../../domain/ip-address.ts";
import type { ServiceError } from "../../errors.ts";
import { idPrefixes } from "../../ports/ids.ts";
import { askedBotId } from "../branded-ids.ts";
import { createPointLeases } from "../limits/point-leases.ts";
import { writeAudit } from "../records.ts";

/** A request that was refused, as far as the audit may know it: never its path, query, credential or body. */
export interface RefusedRequest {
  readonly refusal: ServiceError;
  /** The pattern of the route, or the name of the procedure. */
  readonly route: string;
  readonly method: string;
  /** Whether a credential came along, accepted or not. */
  readonly hasCredential: boolean;
  /** Whether it names one thing of somebody's, by an id in its path or input. */
  readonly namesThing: boolean;
  /** The bot it names; kept only where it is one of the actor's team. undefined: none. */
  readonly botId?: string | undefined;
}

/** What became of a note: a row; none, since the refusal is not of the kind; none, since there were too many. */
export type NotedRefusal = "noted" | "not-audited" | "limited";

/** Notes refusals in the audit, within bounds that are this process's. */
export interface RefusalNotes {
  note(ctx: ServiceContext, request: RefusedRequest): Promise<NotedRefusal>;
}

const WINDOW_SECONDS = 60;
/** More tell nothing that these do not, and whoever repeats a refused request must not fill the database. */
const NOTES_PER_ACTOR = 60;
const NOTES_PER_ADDRESS = 10;

/**
 * Notes a refusal after its answer was decided: a credential that is not accepted, something that is not allowed, a lease
 * that is not granted or not the caller's any more, and a thing of another's, where it is known who asked. A credential whose secret was right names its owner even where it is
 * revoked, expired or disabled. At most 60 rows a minute for each key or person and 10 for each address without one.
 */
export function createRefusalNotes(): RefusalNotes {
  const leases = createPointLeases();
  return {
    note: async (ctx, request) => {
      const actor = request.refusal.note.actor ?? ctx.actor;
      if (!isAudited(actor, request)) return "not-audited";
      const { violated } = await leases.take(ctx, [quotaOf(actor, ctx)]);
      if (violated.length > 0) return "limited";
      await writeRefusal({ ...ctx, actor }, request);
      return "noted";
    },
  };
}

/** Which refusals are worth a row; the others are mistakes that harm nobody. */
function isAudited(actor: Actor, { refusal, hasCredential, namesThing }: RefusedRequest): boolean {
  if (refusal.note.isAudited) return false;
  const isKnown = actor.kind !== "anonymous";
  switch (refusal.code) {
    case "unauthenticated":
      return isKnown || hasCredential;
    case "forbidden":
    case "scope-missing":
    case "confirmation-required":
    case "address-not-allowed":
    case "recipient-key-required":
      return true;
    case "lease-held":
    case "lease-lost":
    case "stale-epoch":
    case "bot-frozen":
    case "final-revision-mismatch":
      return isKnown;
    case "not-found":
      return isKnown && namesThing;
    default:
      return false;
  }
}

function quotaOf(actor: Actor, { request }: ServiceContext) {
  const isKnown = actor.kind !== "anonymous";
  const owner = isKnown ? principalName(actor) : `address:${countedAddress(request.address)}`;
  const limit = isKnown ? NOTES_PER_ACTOR : NOTES_PER_ADDRESS;
  return { policy: "refusal-notes", key: `refusal-notes:${owner}`, limit, windowSeconds: WINDOW_SECONDS };
}

async function writeRefusal(ctx: ServiceContext, { refusal, route, method, botId }: RefusedRequest): Promise<void> {
  const teamId = "teamId" in ctx.actor ? ctx.actor.teamId : null;
  const ownBotId = teamId === null || botId === undefined ? null : await findBotId(ctx, teamId, botId);
  const detail = { code: refusal.code, route, method };
  const entry = { action: "request.refused", objectId: null, teamId, botId: ownBotId, detail } as const;
  await ctx.db.write((tx) => writeAudit(tx, ctx, { ...entry, outcome: "denied" }));
}

async function findBotId({ db }: ServiceContext, teamId: TeamId, botId: string) {
  if (!looksLikeId(botId, idPrefixes.bot)) return null;
  const isOwn = and(eq(bots.id, askedBotId(botId)), eq(bots.teamId, teamId));
  const [bot] = await db.reader.select({ id: bots.id }).from(bots).where(isOwn);
  return bot?.id ?? null;
}
