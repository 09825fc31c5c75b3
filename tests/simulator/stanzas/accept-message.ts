import type { Account } from "../accounts/account.ts";
import type { LinkedDevice } from "../accounts/linked-device.ts";
import type { Connection } from "../connection/connection.ts";
import { checkMessageIdentity } from "../identity/adv-identity.ts";
import { deliverFromClient } from "../messages/deliver-from-client.ts";
import { type AddressedCiphertext, judgeFanOut, readCiphertext, readParticipants } from "../messages/fan-out.ts";
import { judgeCiphertext } from "../messages/receive-ciphertext.ts";
import { childBytes, type Stanza, stanza } from "../wire/binary-node.ts";
import { GROUP_SERVER, type Jid, parseJid } from "../wire/jid.ts";
import type { World } from "../world.ts";

/** A client sends a message: judged, acknowledged, then delivered to every device it is encrypted for. */
export async function acceptMessage(
  world: World,
  connection: Connection,
  device: LinkedDevice,
  message: Stanza,
): Promise<void> {
  const { id = "", to = "" } = message.attrs;
  const jid = parseJid(to);
  const recipient = world.accountOf(to);
  if (jid === null || recipient === null) {
    if (jid?.server === GROUP_SERVER) world.judge.reportUnknown(message, device.jid);
    else world.blame(device, "message.unknown-recipient", `message to ${to}`);
    acknowledge(world, connection, message, 404);
    return;
  }
  judgeId(world, device, id, world.accountOf(message.attrs.recipient) ?? recipient);
  const addressed = readAddressed(world, device, message, recipient, jid);
  for (const { ciphertext } of addressed) judgeCiphertext(world, device, ciphertext, id);
  judgeIdentity(world, device, message, addressed);
  const errorCode = refusalCode(world, device, recipient);
  acknowledge(world, connection, message, errorCode);
  world.transcript.add("message", device.jid, { id, to, errorCode, deviceCount: addressed.length });
  if (errorCode === null) await deliverFromClient(world, { sender: device, recipient, message, addressed });
}

function readAddressed(
  world: World,
  sender: LinkedDevice,
  message: Stanza,
  recipient: Account,
  to: Jid,
): AddressedCiphertext[] {
  const { category, id = "", device_fanout } = message.attrs;
  const direct = readCiphertext(message);
  if (direct !== null && category === "peer") return [{ jid: message.attrs.to ?? "", ciphertext: direct }];
  if (direct !== null && device_fanout === "false") return [{ jid: message.attrs.to ?? "", ciphertext: direct }];
  const addressed = readParticipants(world, sender, message);
  if (addressed.length === 0) world.blame(sender, "message.wrong-content", `message ${id} holds no ciphertext`);
  if (to.device !== 0) {
    world.blame(sender, "message.addressed-to-device", `message ${id} goes to ${message.attrs.to}, not to the person`);
    return addressed;
  }
  judgeFanOut(world, sender, recipient, to.server, addressed);
  return addressed;
}

function judgeId(world: World, sender: LinkedDevice, id: string, chat: Account): void {
  const key = `${sender.jid}|${id}`;
  const known = world.messageChats.get(key);
  if (known === undefined) world.messageChats.set(key, chat);
  else if (known !== chat) world.blame(sender, "message.reused-id", `message id ${id} was used in another chat`);
}

function judgeIdentity(
  world: World,
  sender: LinkedDevice,
  message: Stanza,
  addressed: readonly AddressedCiphertext[],
): void {
  const { id = "" } = message.attrs;
  const encoded = childBytes(message, "device-identity");
  if (encoded === null) {
    const isNeeded = addressed.some(({ ciphertext }) => ciphertext.type === "pkmsg");
    if (isNeeded) world.blame(sender, "adv.identity-missing", `message ${id} opens a session without device-identity`);
    return;
  }
  if (encoded.equals(sender.signedIdentity())) return;
  const check = checkMessageIdentity(encoded, sender.statement);
  if (!check.isValid) world.blame(sender, "adv.message-identity", `message ${id}: ${check.reason}`);
}

function refusalCode(world: World, sender: LinkedDevice, recipient: Account): number | null {
  if (recipient === sender.account) return null;
  return world.faultsOf(sender.account).takeMessageFailure();
}

function acknowledge(world: World, connection: Connection, message: Stanza, errorCode: number | null): void {
  const { id, to, participant } = message.attrs;
  const error = errorCode === null ? undefined : String(errorCode);
  connection.send(stanza("ack", { class: "message", id, from: to, participant, t: world.timestamp(), error }));
}
