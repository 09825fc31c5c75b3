import { isPersonKind, parseJid } from "@switchboard/core/domain/jid";
import { type Chat, proto, type WAMessage, type WAMessageUpdate } from "@whiskeysockets/baileys";
import type { ChatMessage, PastChat, SentReceipt } from "./events.ts";

/** A one-to-one message, in or out; null for groups, broadcasts and stubs without content. */
export function chatMessageOf(message: WAMessage): ChatMessage | null {
  const { remoteJid, remoteJidAlt, fromMe, id } = message.key;
  const person = personOf([remoteJid, remoteJidAlt]);
  if (!person || !message.message || !id) return null;
  const direction = fromMe ? "out" : "in";
  const name = fromMe ? null : (message.pushName ?? null);
  return { ...person, name, direction, messageId: id, atMs: Number(message.messageTimestamp ?? 0) * 1000 };
}

/** The person of a one-to-one chat in the history; the time of its last message stands in for the first. */
export function pastChatOf(chat: Chat): PastChat | null {
  const person = personOf([chat.id, chat.pnJid, chat.lidJid]);
  const atMs = Number(chat.conversationTimestamp ?? 0) * 1000;
  return person && atMs > 0 ? { ...person, name: chat.name ?? null, firstMessageAtMs: atMs } : null;
}

/** What an update says of a message that we sent; null when it is no receipt. */
export function receiptOf({ key, update }: Pick<WAMessageUpdate, "key" | "update">): SentReceipt | null {
  if (!key.id || key.fromMe !== true) return null;
  const { Status } = proto.WebMessageInfo;
  if (update.status === Status.DELIVERY_ACK) return { messageId: key.id, status: "delivered" };
  if (update.status === Status.READ || update.status === Status.PLAYED) return { messageId: key.id, status: "read" };
  return null;
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
