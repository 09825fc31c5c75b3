import type { LeaseName } from "@switchboard/db/queries/custody";
import { type HolderContext, writeAsHolder } from "../calls/holder.ts";
import { type Acquaintance, noteAcquaintance } from "./acquaintance.ts";
import { teamOfBot } from "./internal.ts";

/** People per transaction: the calls of the bot wait behind it for some milliseconds at most. */
const PEOPLE_PER_TRANSACTION = 50;

/** The chats of a history, one entry per person; entries without a name of a person are passed over. */
export interface ImportKnownContactsInput {
  readonly lease: LeaseName;
  readonly contacts: readonly {
    readonly phoneNumber?: string | null | undefined;
    readonly lid?: string | null | undefined;
    readonly name?: string | null | undefined;
    readonly firstMessageAtMs: number;
  }[];
}

/**
 * Takes in whom the bot has chatted with before it was linked here. Safe to repeat and to stop half-way: each part of
 * the list is a transaction of its own.
 * @returns how many people were taken in
 * @throws ServiceError stale-epoch; what was taken in before stays
 */
export async function importKnownContacts(ctx: HolderContext, input: ImportKnownContactsInput): Promise<number> {
  const { lease, contacts } = input;
  const people = contacts.map(({ phoneNumber = null, lid = null, name = null, firstMessageAtMs }) => ({
    pn: phoneNumber,
    lid,
    name,
    firstMessageAtMs,
  }));
  const named = people.filter((person) => person.pn !== null || person.lid !== null);
  for (let start = 0; start < named.length; start += PEOPLE_PER_TRANSACTION) {
    await importPart(ctx, lease, named.slice(start, start + PEOPLE_PER_TRANSACTION));
  }
  return named.length;
}

async function importPart(ctx: HolderContext, lease: LeaseName, people: readonly Acquaintance[]): Promise<void> {
  await writeAsHolder(ctx, lease, async (tx) => {
    const owner = { botId: lease.botId, teamId: await teamOfBot(tx, lease.botId) };
    for (const person of people) await noteAcquaintance(tx, ctx, owner, person);
  });
}
