import type { LinkedDevice } from "../accounts/linked-device.ts";
import { isSignatureValid, withTypeByte } from "../crypto/key-pair.ts";
import { notePreKey, readSignedPreKey } from "../queries/encrypt.ts";
import type { PreKeyBundle } from "../signal/signal-device.ts";
import { childBytes, childNamed, childNumber, type Stanza } from "../wire/binary-node.ts";
import type { World } from "../world.ts";
import { sendAgain } from "./send-from-person.ts";

const RETRY_LIMIT = 5;

/** A client could not read a message and asks its sender for it again. */
export async function answerRetry(world: World, device: LinkedDevice, receipt: Stanza): Promise<void> {
  const { id = "" } = receipt.attrs;
  const sent = world.sentMessages.get(id);
  const count = Number(childNamed(receipt, "retry")?.attrs.count ?? "1");
  world.transcript.add("retry-asked", device.jid, { id, count });
  if (sent === undefined || count > RETRY_LIMIT) return;
  await sendAgain(world, sent, device, readBundle(world, device, receipt));
}

function readBundle(world: World, device: LinkedDevice, receipt: Stanza): PreKeyBundle | null {
  const keys = childNamed(receipt, "keys");
  if (keys === undefined) return null;
  const registrationId = childNumber(receipt, "registration", 4);
  const identityKey = childBytes(keys, "identity");
  const signedPreKey = readSignedPreKey(keys);
  if (registrationId !== device.registrationId || !identityKey?.equals(device.identityKey) || signedPreKey === null) {
    world.blame(device, "pre-key.malformed", "retry with another identity or registration");
    return null;
  }
  if (!isSignatureValid(device.identityKey, withTypeByte(signedPreKey.publicKey), signedPreKey.signature)) {
    world.blame(device, "pre-key.signature", "retry with a signed pre-key that the device did not sign");
    return null;
  }
  return { registrationId, identityKey, signedPreKey, preKey: readOneTimeKey(world, device, keys) };
}

function readOneTimeKey(world: World, device: LinkedDevice, keys: Stanza): PreKeyBundle["preKey"] {
  const key = childNamed(keys, "key");
  const id = childNumber(key, "id", 3);
  const publicKey = childBytes(key, "value");
  if (id === null || publicKey?.length !== 32) return null;
  // A key already waiting in the server's stock may be given away twice now.
  if (device.preKeys.has(id)) world.blame(device, "pre-key.reused-id", `retry with uploaded pre-key ${id}`);
  else notePreKey(world, device, id, publicKey);
  return { id, publicKey };
}
