import type { AccountDevice } from "../accounts/account.ts";
import { LinkedDevice, type UploadedSignedPreKey } from "../accounts/linked-device.ts";
import { isSignatureValid, withTypeByte } from "../crypto/key-pair.ts";
import type { PreKeyBundle } from "../signal/signal-device.ts";
import {
  bigEndian,
  childBytes,
  childNamed,
  childNumber,
  childrenNamed,
  type Stanza,
  stanza,
} from "../wire/binary-node.ts";
import { parseJid, SERVER_JID } from "../wire/jid.ts";
import type { World } from "../world.ts";
import { type Answer, BAD_REQUEST, type Query } from "./query.ts";

const KEY_TYPE = Buffer.from([5]);
const LOW_STOCK = 5;

/** Namespace `encrypt`: stock of pre-keys, upload, digest, rotation, bundles of others. */
export function answerEncrypt(query: Query): Answer {
  const { iq, device, world, isSet } = query;
  if (isSet) return childNamed(iq, "rotate") ? rotate(world, device, iq) : upload(world, device, iq);
  if (childNamed(iq, "count")) return [stanza("count", { value: String(device.preKeys.size) })];
  if (childNamed(iq, "digest")) return [digest(device)];
  const wanted = childNamed(iq, "key");
  if (wanted === undefined) return null;
  const users = childrenNamed(wanted, "user").map((user) => bundleOf(world, user.attrs.jid ?? ""));
  return [stanza("list", {}, users)];
}

/** Tells a device that the server's stock of its one-time keys is low, as soon as it is. */
export function warnOfLowStock(world: World, device: AccountDevice): void {
  if (!(device instanceof LinkedDevice) || device.preKeys.size >= LOW_STOCK) return;
  const attributes = { id: world.newStanzaId(), from: SERVER_JID, type: "encrypt", t: world.timestamp() };
  device.deliver(stanza("notification", attributes, [stanza("count", { value: String(device.preKeys.size) })]));
}

/** Reads a `skey` node; null when it is malformed. */
export function readSignedPreKey(parent: Stanza): UploadedSignedPreKey | null {
  const node = childNamed(parent, "skey");
  const id = childNumber(node, "id", 3);
  const publicKey = childBytes(node, "value");
  const signature = childBytes(node, "signature");
  if (id === null || publicKey?.length !== 32 || signature?.length !== 64) return null;
  return { id, publicKey, signature };
}

/** Takes note of an uploaded one-time key and reports one whose id was used before. */
export function notePreKey(world: World, device: LinkedDevice, id: number, publicKey: Buffer): void {
  const encoded = publicKey.toString("base64");
  const known = device.knownPreKeys.get(id);
  if (known !== undefined && (known !== encoded || !device.preKeys.has(id))) {
    world.blame(device, "pre-key.reused-id", `one-time pre-key ${id} was uploaded before`);
  }
  device.knownPreKeys.set(id, encoded);
}

function upload(world: World, device: LinkedDevice, iq: Stanza): Answer {
  const signedPreKey = readSignedPreKey(iq);
  const isSameIdentity = childBytes(iq, "identity")?.equals(device.identityKey) === true;
  const isSameRegistration = childNumber(iq, "registration", 4) === device.registrationId;
  const isKeyType = childBytes(iq, "type")?.equals(KEY_TYPE) === true;
  if (signedPreKey === null || !isSameIdentity || !isSameRegistration || !isKeyType) {
    world.blame(device, "pre-key.malformed", "upload with another identity, registration or key type");
    return BAD_REQUEST;
  }
  acceptSignedPreKey(world, device, signedPreKey);
  for (const key of childrenNamed(childNamed(iq, "list"), "key")) {
    const id = childNumber(key, "id", 3);
    const publicKey = childBytes(key, "value");
    if (id === null || publicKey?.length !== 32) {
      world.blame(device, "pre-key.malformed", "a one-time pre-key of wrong length");
      continue;
    }
    notePreKey(world, device, id, publicKey);
    device.preKeys.set(id, publicKey);
  }
  world.transcript.add("pre-keys-uploaded", device.jid, { stock: device.preKeys.size });
  return [];
}

function rotate(world: World, device: LinkedDevice, iq: Stanza): Answer {
  const signedPreKey = readSignedPreKey(childNamed(iq, "rotate") ?? iq);
  if (signedPreKey === null) return BAD_REQUEST;
  acceptSignedPreKey(world, device, signedPreKey);
  return [];
}

function acceptSignedPreKey(world: World, device: LinkedDevice, key: UploadedSignedPreKey): void {
  const { signedPreKey } = device;
  if (key.publicKey.equals(signedPreKey.publicKey) && key.signature.equals(signedPreKey.signature)) return;
  if (!isSignatureValid(device.identityKey, withTypeByte(key.publicKey), key.signature)) {
    world.blame(device, "pre-key.signature", `signed pre-key ${key.id} is not signed by the device`);
    return;
  }
  device.signedPreKey = key;
}

function digest(device: LinkedDevice): Stanza {
  return stanza("digest", {}, [
    stanza("registration", {}, bigEndian(device.registrationId, 4)),
    stanza("type", {}, KEY_TYPE),
    stanza("identity", {}, device.identityKey),
    signedPreKeyNode(device.signedPreKey),
  ]);
}

function bundleOf(world: World, jid: string): Stanza {
  const device = world.accountOf(jid)?.devices.get(parseJid(jid)?.device ?? 0);
  if (device === undefined) return stanza("user", { jid }, [stanza("error", { code: "404", text: "item-not-found" })]);
  const bundle = device.takeBundle();
  warnOfLowStock(world, device);
  const identity = device.signedIdentity();
  return stanza("user", { jid }, [
    ...bundleNodes(bundle),
    ...(identity === null ? [] : [stanza("device-identity", {}, identity)]),
  ]);
}

/** The nodes of a bundle as they stand in answers and retry receipts. */
export function bundleNodes(bundle: PreKeyBundle): Stanza[] {
  const { preKey } = bundle;
  return [
    stanza("registration", {}, bigEndian(bundle.registrationId, 4)),
    stanza("type", {}, KEY_TYPE),
    stanza("identity", {}, bundle.identityKey),
    signedPreKeyNode(bundle.signedPreKey),
    ...(preKey === null
      ? []
      : [stanza("key", {}, [stanza("id", {}, bigEndian(preKey.id, 3)), stanza("value", {}, preKey.publicKey)])]),
  ];
}

function signedPreKeyNode(key: UploadedSignedPreKey): Stanza {
  return stanza("skey", {}, [
    stanza("id", {}, bigEndian(key.id, 3)),
    stanza("value", {}, key.publicKey),
    stanza("signature", {}, key.signature),
  ]);
}
