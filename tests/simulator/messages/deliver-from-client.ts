import type { Account } from "../accounts/account.ts";
import { LinkedDevice } from "../accounts/linked-device.ts";
import { SimulatedDevice } from "../accounts/simulated-device.ts";
import { type MessageBody, textOfMessage } from "../signal/padding.ts";
import type { Ciphertext } from "../signal/signal-device.ts";
import { childBytes, type Stanza, stanza } from "../wire/binary-node.ts";
import { bareJid, LID_SERVER, parseJid } from "../wire/jid.ts";
import type { World } from "../world.ts";
import { sendReceipt } from "./contact-receipts.ts";
import type { AddressedCiphertext } from "./fan-out.ts";
import { decryptOn } from "./receive-ciphertext.ts";

// Clients give up a message after five attempts (Baileys maxMsgRetryCount).
const RETRY_LIMIT = 5;

/** A message of a client that the server has accepted. */
export interface AcceptedMessage {
  readonly sender: LinkedDevice;
  readonly recipient: Account;
  readonly message: Stanza;
  readonly addressed: readonly AddressedCiphertext[];
}

/** Brings each ciphertext to its device, then sends the receipts that the people's phones would send. */
export async function deliverFromClient(world: World, accepted: AcceptedMessage): Promise<void> {
  // Phones come last: who waits for a text on the phone then finds the companions served as well.
  const order = [...accepted.addressed].sort((left, right) => deviceOf(right.jid) - deviceOf(left.jid));
  for (const { jid, ciphertext } of order) {
    const device = world.accountOf(jid)?.devices.get(deviceOf(jid));
    if (device instanceof LinkedDevice) forward(world, accepted, device, { jid, ciphertext });
    else if (device instanceof SimulatedDevice) await open(world, accepted, device, ciphertext);
  }
}

async function open(
  world: World,
  accepted: AcceptedMessage,
  device: SimulatedDevice,
  ciphertext: Ciphertext,
): Promise<void> {
  const { sender, message } = accepted;
  const id = message.attrs.id ?? "";
  const person = world.personOf(device.account);
  const isUnreadable = person?.takeUnreadable(device) ?? false;
  const body = isUnreadable ? null : await decryptOn(world, device, sender, ciphertext, id);
  if (body === null) askAgain(world, accepted, device);
  else if (device.account === sender.account) takeOwnCopy(world, accepted, device, body);
  else takeMessage(world, accepted, device, body);
}

function askAgain(world: World, { sender, message }: AcceptedMessage, device: SimulatedDevice): void {
  const { id = "" } = message.attrs;
  const retryCount = world.personOf(device.account)?.countRetry(device, id) ?? 1;
  if (retryCount > RETRY_LIMIT) return;
  const isWithKeys = retryCount > 1;
  sendReceipt(world, {
    device,
    to: sender,
    messageId: id,
    type: "retry",
    chat: chatOf(message),
    retryCount,
    isWithKeys,
  });
}

function takeOwnCopy(world: World, { sender, message }: AcceptedMessage, device: SimulatedDevice, body: MessageBody) {
  const { id = "", category } = message.attrs;
  const person = world.personOf(device.account);
  if (category === "peer") {
    person?.takePeerMessage({ id, from: sender.jid, body });
    return;
  }
  const chat = chatOf(message);
  const copy = body.deviceSentMessage;
  if (copy?.destinationJid !== chat) {
    world.blame(sender, "message.wrong-content", `own copy of ${id} names ${copy?.destinationJid}, not ${chat}`);
  }
  person?.takeMessage({ id, sender, device, body, text: textOfMessage(copy?.message), chat });
}

function takeMessage(world: World, { sender, message }: AcceptedMessage, device: SimulatedDevice, body: MessageBody) {
  const id = message.attrs.id ?? "";
  if (body.deviceSentMessage) world.blame(sender, "message.wrong-content", `${id} holds the sender's own copy`);
  const chat = bareJid(chatOf(message));
  const person = world.personOf(device.account);
  const isNew = person?.takeMessage({ id, sender, device, body, text: textOfMessage(body), chat }) ?? false;
  if (isNew) sendReceipt(world, { device, to: sender, messageId: id, type: "delivered", chat });
}

function forward(
  world: World,
  { sender, message, recipient }: AcceptedMessage,
  device: LinkedDevice,
  { jid, ciphertext }: AddressedCiphertext,
): void {
  const isLid = parseJid(jid)?.server === LID_SERVER;
  const isOwn = device.account === sender.account;
  const identity = childBytes(message, "device-identity");
  const attributes = {
    id: message.attrs.id,
    from: isLid ? sender.lid : sender.jid,
    type: message.attrs.type,
    t: world.timestamp(),
    notify: sender.account.name,
    recipient: isOwn && recipient !== sender.account ? message.attrs.to : undefined,
    sender_lid: isLid ? undefined : (sender.account.lidJid ?? undefined),
    sender_pn: isLid ? (sender.account.pnJid ?? undefined) : undefined,
    addressing_mode: isLid ? "lid" : undefined,
  };
  const nodes = [stanza("enc", { v: "2", type: ciphertext.type }, ciphertext.body)];
  if (identity !== null) nodes.push(stanza("device-identity", {}, identity));
  device.deliver(stanza("message", attributes, nodes));
}

function deviceOf(jid: string): number {
  return parseJid(jid)?.device ?? 0;
}

/** The chat a message belongs to: retries go to one device and name the chat in `recipient`. */
function chatOf(message: Stanza): string {
  return message.attrs.recipient ?? message.attrs.to ?? "";
}
