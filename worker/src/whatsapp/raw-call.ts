import { isPersonKind, parseJid } from "@switchboard/core/domain/jid";
import { type BinaryNode, getAllBinaryNodeChildren, getBinaryNodeChild } from "@whiskeysockets/baileys";

/** A call stanza as the rest of the worker sees it. */
export interface CallStanza {
  readonly callId: string;
  /** The name of the stanza's child: offer, offer_notice, terminate, … */
  readonly phase: string;
  /** `reason` of a terminate; null where the stanza had none. */
  readonly terminateReason: string | null;
  /** The address a reject must go to, unchanged: Baileys' `WACallEvent.from`. */
  readonly callFrom: string;
  /** Digits of the caller's number and LID, as far as the stanza names them. */
  readonly phoneNumber: string | null;
  readonly lid: string | null;
  readonly name: string | null;
  readonly isVideo: boolean;
  readonly groupJid: string | null;
  readonly isGroup: boolean;
  readonly isOffline: boolean;
  readonly startedAtMs: number;
}

/**
 * Reads a `call` stanza. The raw stanza is read instead of Baileys' event (src/Socket/messages-recv.ts, handleCall)
 * because the event drops the terminate reason, the group JID of later phases, `sender_lid` and the video of group offers.
 * null for a stanza without a child, a call id or a person as its sender.
 */
export function readCallStanza(node: BinaryNode): CallStanza | null {
  const child = getAllBinaryNodeChildren(node)[0];
  const callId = child?.attrs["call-id"];
  if (!child || !callId) return null;
  const callFrom = child.attrs.from ?? child.attrs["call-creator"] ?? node.attrs.from;
  if (!callFrom) return null;
  const identity = readIdentity([
    callFrom,
    child.attrs.caller_pn,
    child.attrs.caller_lid,
    node.attrs.sender_pn,
    node.attrs.sender_lid,
  ]);
  if (identity.phoneNumber === null && identity.lid === null) return null;
  const isNotice = child.tag === "offer_notice";
  return {
    callId,
    phase: child.tag,
    terminateReason: child.tag === "terminate" ? (child.attrs.reason ?? null) : null,
    callFrom,
    ...identity,
    name: node.attrs.notify ?? null,
    isVideo: getBinaryNodeChild(child, "video") !== undefined || (isNotice && child.attrs.media === "video"),
    groupJid: child.attrs["group-jid"] ?? null,
    isGroup: child.attrs.type === "group" || child.attrs["group-jid"] !== undefined || hasGroupInfo(child),
    isOffline: node.attrs.offline !== undefined,
    startedAtMs: Number(node.attrs.t ?? 0) * 1000,
  };
}

const hasGroupInfo = (child: BinaryNode): boolean => getBinaryNodeChild(child, "group_info") !== undefined;

/** Number and LID out of whatever addresses the stanza gave; the first of each kind counts. */
function readIdentity(addresses: readonly (string | undefined)[]): { phoneNumber: string | null; lid: string | null } {
  let phoneNumber: string | null = null;
  let lid: string | null = null;
  for (const address of addresses) {
    const jid = address === undefined ? null : parseJid(address);
    if (!jid || !isPersonKind(jid.kind)) continue;
    if (jid.kind === "lid") lid ??= jid.user;
    else phoneNumber ??= jid.user;
  }
  return { phoneNumber, lid };
}
