import { isPersonKind, parseJid } from "@switchboard/core/domain/jid";
import { type Chat, proto, type WAMessage, type WAMessageUpdate } from "@whiskeysockets/baileys";
import type { MessageContact, SentStatus } from "./events.ts";

/** The person behind a one-to-one message, in or out; null for groups, broadcasts and our own chat. */
export function contactOf(message: WAMessage): MessageContact | null {
  const { remoteJid, remoteJidAlt, fromMe } = message.key;
  const identity = personOf([remoteJid, remoteJidAlt]);
  if (!identity || !message.message) return null;
  const name = fromMe ? null : (message.pushName ?? null);
  return { ...identity, name, atMs: Number(message.messageTimestamp ?? 0) * 1000 };
}

/** The person of a one-to-one chat in the history; the time of the last message stands in for the first. */
export function contactOfChat(chat: Chat): MessageContact | null {
  const identity = personOf([chat.id, chat.pnJid, chat.lidJid]);
  const at = Number(chat.conversationTimestamp ?? 0) * 1000;
  return identity && at > 0 ? { ...identity, name: chat.name ?? null, atMs: at } : null;
}

/** What an update says of a message that we sent; null when it says nothing of the kind. */
export function sentStatusOf(update: WAMessageUpdate): SentStatus | null {
  const { id, fromMe } = update.key;
  const status = update.update.status;
  if (!id || fromMe !== true || status === undefined || status === null) return null;
  const code = update.update.messageStubParameters?.[0] ?? null;
  const { Status } = proto.WebMessageInfo;
  switch (status) {
    case Status.ERROR:
      return { messageId: id, status: "failed", code };
    case Status.SERVER_ACK:
      return { messageId: id, status: "sent", code: null };
    case Status.DELIVERY_ACK:
      return { messageId: id, status: "delivered", code: null };
    case Status.READ:
    case Status.PLAYED:
      return { messageId: id, status: "read", code: null };
    default:
      return null;
  }
}

function personOf(addresses: readonly (string | null | undefined)[]) {
  let phoneNumber: string | null = null;
  let lid: string | null = null;
  for (const address of addresses) {
    const jid = address ? parseJid(address) : null;
    if (!jid) continue;
    if (!isPersonKind(jid.kind)) return null;
    if (jid.kind === "lid") lid ??= jid.user;
    else phoneNumber ??= jid.user;
  }
  return phoneNumber === null && lid === null ? null : { phoneNumber, lid };
}
