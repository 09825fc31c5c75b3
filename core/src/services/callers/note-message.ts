import { findStandings } from "@switchboard/db/queries/callers";
import { isOwnReply } from "@switchboard/db/queries/calls";
import type { LeaseName } from "@switchboard/db/queries/custody";
import type { CallerIdentity } from "../../domain/caller-identity.ts";
import { type HolderContext, writeAsHolder } from "../calls/holder.ts";
import { noteAcquaintance } from "./acquaintance.ts";
import { teamOfBot } from "./internal.ts";

/** A message of a chat with one person, in or out; never of a group. Digits; at least one name must be given. */
export interface NoteMessageInput {
  readonly lease: LeaseName;
  readonly phoneNumber?: string | null | undefined;
  readonly lid?: string | null | undefined;
  /** What the person calls themselves; null where the message does not tell. */
  readonly name?: string | null | undefined;
  readonly direction: "in" | "out";
  readonly messageId: string;
  readonly atMs: number;
}

/**
 * Remembers that a person has chatted with the bot, so that "stranger" means something. The bot's own replies to calls
 * make nobody an acquaintance. Costs one read where the person is known already.
 * @throws ServiceError stale-epoch
 */
export async function noteMessage(ctx: HolderContext, input: NoteMessageInput): Promise<void> {
  const { lease, direction, messageId, atMs, name = null } = input;
  const { botId } = lease;
  const names: CallerIdentity = { pn: input.phoneNumber ?? null, lid: input.lid ?? null };
  if (names.pn === null && names.lid === null) return;
  const known = await findStandings(ctx.db.reader, botId, names);
  const [person] = known;
  const isOld = known.length === 1 && person?.known !== null && (name === null || person?.caller.name !== null);
  const isComplete =
    names.pn === null || names.lid === null || (person?.caller.lid === names.lid && person.caller.phoneNumber !== null);
  if (isOld && isComplete) return;
  if (direction === "out" && (await isOwnReply(ctx.db.reader, botId, messageId))) return;
  await writeAsHolder(ctx, lease, async (tx) => {
    const owner = { botId, teamId: await teamOfBot(tx, botId) };
    await noteAcquaintance(tx, ctx, owner, {
      ...names,
      name: direction === "in" ? name : null,
      firstMessageAtMs: atMs,
    });
  });
}
