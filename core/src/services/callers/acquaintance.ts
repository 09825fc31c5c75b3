import { callers, knownContacts } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { and, eq, isNull, sql } from "drizzle-orm";
import type { CallerIdentity } from "../../domain/caller-identity.ts";
import type { BlockContext } from "../blocks/internal.ts";
import { type CallerOwner, resolveCaller } from "./resolve-caller.ts";

/** A person who has chatted with a bot, the first time at `firstMessageAtMs` as far as is known. */
export interface Acquaintance extends CallerIdentity {
  readonly name: string | null;
  readonly firstMessageAtMs: number;
}

/** Longest name kept: what people call themselves is theirs to choose, and is shown in lists. */
const NAME_LENGTH_MAX = 100;

/** Notes an acquaintance: the earliest message and the first name stay. */
export async function noteAcquaintance(
  tx: Transaction,
  ctx: BlockContext,
  owner: CallerOwner,
  person: Acquaintance,
): Promise<void> {
  const { standing } = await resolveCaller(tx, ctx, owner, { pn: person.pn, lid: person.lid });
  const { id: callerId } = standing.caller;
  const name = person.name?.trim().slice(0, NAME_LENGTH_MAX) || null;
  const { botId } = owner;
  await tx
    .insert(knownContacts)
    .values({ botId, callerId, name, firstMessageAtMs: person.firstMessageAtMs })
    .onConflictDoUpdate({
      target: [knownContacts.botId, knownContacts.callerId],
      set: {
        name: sql`coalesce(known_contacts.name, excluded.name)`,
        firstMessageAtMs: sql`min(known_contacts.first_message_at_ms, excluded.first_message_at_ms)`,
      },
    });
  if (name === null) return;
  await tx
    .update(callers)
    .set({ name })
    .where(and(eq(callers.id, callerId), isNull(callers.name)));
}
