import { parseJid } from "./jid.ts";
import { maskPhoneNumber } from "./phone-number.ts";

/**
 * One person under the names WhatsApp gives: digits of the phone number, digits of the LID. Null: that name is not
 * known (yet). At least one is set in everything these functions return.
 */
export interface CallerIdentity {
  readonly pn: string | null;
  readonly lid: string | null;
}

/** The names a call stanza carries. `callerPn` and `callerLid` may be absent: WhatsApp sends them on offers only. */
export interface CallerNames {
  readonly from: string;
  readonly callerPn?: string | null | undefined;
  readonly callerLid?: string | null | undefined;
}

/**
 * Who calls, device and hosted servers stripped. `from` wins over the extra names where they contradict it, and an
 * extra name of the wrong kind is ignored. Null: no name is a person's.
 */
export function callerIdentityOf(names: CallerNames): CallerIdentity | null {
  const from = identityOfJid(names.from);
  const extraPn = names.callerPn ? identityOfJid(names.callerPn) : null;
  const extraLid = names.callerLid ? identityOfJid(names.callerLid) : null;
  const pn = from?.pn ?? extraPn?.pn ?? null;
  const lid = from?.lid ?? extraLid?.lid ?? null;
  return pn === null && lid === null ? null : { pn, lid };
}

/** The identity one JID shows, or null where it is not a person's. */
export function identityOfJid(text: string): CallerIdentity | null {
  const jid = parseJid(text);
  if (jid?.kind === "phone-number") return { pn: jid.user, lid: null };
  if (jid?.kind === "lid") return { pn: null, lid: jid.user };
  return null;
}

/**
 * Whether two identities are known to be one person: either name is equal. A number never equals a LID, even with the
 * same digits. Two names of one person without a learnt mapping between them do not match.
 */
export function isSameCaller(left: CallerIdentity, right: CallerIdentity): boolean {
  return (left.pn !== null && left.pn === right.pn) || (left.lid !== null && left.lid === right.lid);
}

/** The first identity with the gaps filled from the second. Its own names stay where both have one. */
export function completeIdentity(known: CallerIdentity, learnt: CallerIdentity): CallerIdentity {
  return { pn: known.pn ?? learnt.pn, lid: known.lid ?? learnt.lid };
}

/**
 * The one text a person is stored under: `lid:` where the LID is known, else `pn:`. A person first seen by number
 * changes key when the LID is learnt, so rows under the old key must be moved then; see {@link callerKeys}.
 */
export function callerKey(identity: CallerIdentity): string {
  return identity.lid === null ? `pn:${identity.pn ?? ""}` : `lid:${identity.lid}`;
}

/** Every key rows of this person may stand under, the canonical one first. */
export function callerKeys(identity: CallerIdentity): readonly string[] {
  const keys: string[] = [];
  if (identity.lid !== null) keys.push(`lid:${identity.lid}`);
  if (identity.pn !== null) keys.push(`pn:${identity.pn}`);
  return keys;
}

/** The person for logs and for people who may not see numbers: the masked number, else the end of the LID. */
export function maskCaller(identity: CallerIdentity): string {
  if (identity.pn !== null) return maskPhoneNumber(identity.pn);
  return `lid:***${(identity.lid ?? "").slice(-3)}`;
}
