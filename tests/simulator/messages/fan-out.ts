import type { Account } from "../accounts/account.ts";
import type { LinkedDevice } from "../accounts/linked-device.ts";
import type { Ciphertext, CiphertextType } from "../signal/signal-device.ts";
import { childNamed, childrenNamed, contentBytes, type Stanza } from "../wire/binary-node.ts";
import type { World } from "../world.ts";

/** A ciphertext with the device it is for. */
export interface AddressedCiphertext {
  readonly jid: string;
  readonly ciphertext: Ciphertext;
}

/** Reads the `enc` of a node; null when there is none of a known kind. */
export function readCiphertext(parent: Stanza | undefined): Ciphertext | null {
  const enc = childNamed(parent, "enc");
  const body = contentBytes(enc);
  const type = enc?.attrs.type;
  if (body === null || !isCiphertextType(type) || enc?.attrs.v !== "2") return null;
  return { type, body };
}

/** Reads the `participants` of a message. */
export function readParticipants(world: World, sender: LinkedDevice, message: Stanza): AddressedCiphertext[] {
  const addressed: AddressedCiphertext[] = [];
  for (const to of childrenNamed(childNamed(message, "participants"), "to")) {
    const jid = to.attrs.jid ?? "";
    const ciphertext = readCiphertext(to);
    if (ciphertext === null) world.blame(sender, "message.wrong-content", `no ciphertext for ${jid}`);
    else addressed.push({ jid, ciphertext });
  }
  return addressed;
}

/**
 * Compares whom a message is encrypted for with whom it must reach: every device of the other side and every other
 * device of the sender, each once, all in the address space of the chat.
 */
export function judgeFanOut(
  world: World,
  sender: LinkedDevice,
  recipient: Account,
  server: string,
  addressed: readonly AddressedCiphertext[],
): void {
  const expected = new Set(expectedJids(sender, recipient, server));
  const seen = new Set<string>();
  for (const { jid } of addressed) {
    // In the chat with oneself both sides are the same devices, and clients address them once per side.
    const isOwnChat = recipient === sender.account;
    if (seen.has(jid) && !isOwnChat) world.blame(sender, "fanout.duplicate-device", `${jid} is addressed twice`);
    if (!expected.has(jid)) world.blame(sender, "fanout.unexpected-device", `${jid} is no device of this chat`);
    seen.add(jid);
  }
  for (const jid of expected) {
    if (!seen.has(jid)) world.blame(sender, "fanout.missing-device", `${jid} is left out`);
  }
}

function expectedJids(sender: LinkedDevice, recipient: Account, server: string): string[] {
  const devices = [...recipient.devices.values(), ...sender.account.devices.values()];
  return devices
    .filter((device) => device !== sender)
    .map((device) => device.account.deviceJid(server, device.id))
    .filter((jid) => jid !== null);
}

function isCiphertextType(type: string | undefined): type is CiphertextType {
  return type === "pkmsg" || type === "msg";
}
