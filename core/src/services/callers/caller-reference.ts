import { type CallerStanding, findStandings, getStanding } from "@switchboard/db/queries/callers";
import type { BotId } from "@switchboard/db/schema";
import type { Reader, Transaction } from "@switchboard/db/types";
import { looksLikeId } from "../../crypto/ids.ts";
import type { CallerIdentity } from "../../domain/caller-identity.ts";
import { normalizePhoneNumber, type PhoneNumberRefusal } from "../../domain/phone-number.ts";
import { invalid, notFound } from "../../errors.ts";
import { idPrefixes } from "../../ports/ids.ts";
import type { BlockContext } from "../blocks/internal.ts";
import { getOwnedCall } from "../calls/internal.ts";
import { type CallerOwner, type ResolvedCaller, resolveCaller } from "./resolve-caller.ts";

/** How a request names a person; the schemas see to it that exactly one is given. */
export interface CallerReference {
  readonly phoneNumber?: string | undefined;
  readonly lid?: string | undefined;
  /** A `call_` id. */
  readonly callId?: string | undefined;
}

/**
 * The person a request names, made where nobody knew them yet.
 * @throws ServiceError validation-failed for what is no number and no LID; not-found for a call of another bot
 */
export async function resolveReference(
  tx: Transaction,
  ctx: BlockContext,
  owner: CallerOwner,
  reference: CallerReference,
): Promise<ResolvedCaller> {
  if (reference.callId === undefined) return resolveCaller(tx, ctx, owner, readNames(reference));
  const { caller } = await getOwnedCall(tx, owner.botId, reference.callId);
  const standing = await getStanding(tx, owner.botId, caller.id);
  if (standing === null) throw notFound();
  return { standing, alias: null };
}

/** What a path or filter names: who it is, and the person's row; `standing` null: the bot has never met them. */
export interface FoundCaller {
  readonly names: CallerIdentity;
  readonly standing: CallerStanding | null;
}

/**
 * Looks a person up by a caller id, a LID (`…@lid`) or a number as people write it; makes nothing.
 * @throws ServiceError not-found for an unknown caller id, validation-failed for what is no number
 */
export async function findReference(reader: Reader, botId: BotId, text: string): Promise<FoundCaller> {
  if (text.startsWith(idPrefixes.caller)) {
    const standing = looksLikeId(text, idPrefixes.caller) ? await getStanding(reader, botId, text) : null;
    if (standing === null) throw notFound();
    return { names: { pn: standing.caller.phoneNumber, lid: standing.caller.lid }, standing };
  }
  const names = readNames(text.endsWith("@lid") ? { lid: text } : { phoneNumber: text }, "caller");
  const [standing = null] = await findStandings(reader, botId, names);
  return { names, standing };
}

function readNames(reference: CallerReference, field?: string): CallerIdentity {
  if (reference.lid !== undefined) {
    const [, lid] = /^(\d{1,20})(?:@lid)?$/.exec(reference.lid.trim()) ?? [];
    if (lid === undefined) throw invalid(field ?? "lid", "A LID is digits, with or without @lid.");
    return { pn: null, lid };
  }
  const number = normalizePhoneNumber(reference.phoneNumber ?? "");
  if (!number.ok) throw invalid(field ?? "phoneNumber", refusalWords[number.reason]);
  return { pn: number.digits, lid: null };
}

const refusalWords: Readonly<Record<PhoneNumberRefusal, string>> = {
  empty: "Write a phone number with its country code, for example +34 600 000 000.",
  "foreign-character": "A phone number has digits, blanks, dashes and brackets only.",
  "trunk-zero": "Leave out the bracketed zero: it is dialled inside the country only.",
  national: "Write the number with its country code, for example +34 600 000 000.",
  "too-short": "This number is too short to be one with its country code.",
  "too-long": "A phone number has at most 15 digits.",
};
