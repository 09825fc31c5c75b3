import { type Account, peerName } from "../accounts/account.ts";
import { LinkedDevice } from "../accounts/linked-device.ts";
import type { SimulatedDevice } from "../accounts/simulated-device.ts";
import { warnOfLowStock } from "../queries/encrypt.ts";
import { type MessageBody, padMessage } from "../signal/padding.ts";
import type { Ciphertext, PreKeyBundle } from "../signal/signal-device.ts";
import { type Attributes, type Stanza, stanza } from "../wire/binary-node.ts";
import { LID_SERVER } from "../wire/jid.ts";
import type { World } from "../world.ts";
import type { SentMessage } from "./sent-message.ts";

/** A message from a simulated device to an account. */
export interface OutgoingMessage {
  readonly sender: SimulatedDevice;
  readonly to: Account;
  /** Address space the sender shows itself in. */
  readonly server: string;
  readonly body: MessageBody;
  readonly isCorrupted: boolean;
}

/** Encrypts for every linked device of the receiver, delivers, and returns the message's id. */
export async function sendFromPerson(world: World, outgoing: OutgoingMessage): Promise<string> {
  const { sender, to, server, body } = outgoing;
  const id = `3A${world.randomness.hex(9)}`;
  const isLid = server === LID_SERVER;
  const attributes: Attributes = {
    from: sender.account.deviceJid(server, sender.id) ?? undefined,
    type: "text",
    t: world.timestamp(),
    notify: sender.account.name,
    sender_lid: isLid || !sender.account.isLidTold ? undefined : (sender.account.lidJid ?? undefined),
    sender_pn: isLid ? (sender.account.pnJid ?? undefined) : undefined,
    addressing_mode: isLid ? "lid" : undefined,
  };
  const sent: SentMessage = { id, sender, body, attributes, retryCount: 0 };
  world.sentMessages.set(id, sent);
  if (to.blocked.has(sender.account)) return id;
  for (const device of to.devices.values()) {
    if (device instanceof LinkedDevice) await deliverTo(world, sent, device, outgoing.isCorrupted);
  }
  return id;
}

/** Encrypts a message once more for one device that could not read it. */
export async function sendAgain(
  world: World,
  sent: SentMessage,
  device: LinkedDevice,
  bundle: PreKeyBundle | null,
): Promise<void> {
  sent.sender.signal.forgetSession(peerName(device));
  const ciphertext = await encrypt(world, sent, device, bundle);
  sent.retryCount++;
  device.deliver(messageStanza(sent, ciphertext, { count: String(sent.retryCount) }));
}

async function deliverTo(world: World, sent: SentMessage, device: LinkedDevice, isCorrupted: boolean): Promise<void> {
  const ciphertext = await encrypt(world, sent, device, null);
  if (isCorrupted) spoil(ciphertext.body);
  device.deliver(messageStanza(sent, ciphertext, {}));
}

function encrypt(
  world: World,
  { sender, body }: SentMessage,
  device: LinkedDevice,
  bundle: PreKeyBundle | null,
): Promise<Ciphertext> {
  const takeBundle = () => {
    const taken = bundle ?? device.takeBundle();
    warnOfLowStock(world, device);
    return taken;
  };
  return sender.signal.encrypt(peerName(device), padMessage(body, world.randomness), takeBundle);
}

function messageStanza(sent: SentMessage, { type, body }: Ciphertext, encAttributes: Attributes): Stanza {
  const nodes = [stanza("enc", { v: "2", type, ...encAttributes }, body)];
  const identity = type === "pkmsg" ? sent.sender.signedIdentity() : null;
  if (identity !== null) nodes.push(stanza("device-identity", {}, identity));
  return stanza("message", { ...sent.attributes, id: sent.id }, nodes);
}

function spoil(body: Buffer): void {
  const last = body.length - 1;
  body[last] = (body[last] ?? 0) ^ 0xff;
}
