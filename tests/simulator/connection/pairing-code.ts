import { applyCtr, derivePairingCodeKey, hkdf, openGcm } from "../crypto/key-derivation.ts";
import { agree, generateKeyPair, type KeyPair } from "../crypto/key-pair.ts";
import { childBytes, type Stanza, stanza } from "../wire/binary-node.ts";
import { parseJid, SERVER_JID } from "../wire/jid.ts";
import type { World } from "../world.ts";
import type { Connection } from "./connection.ts";
import type { CodeRequest, Registration } from "./registration.ts";

const BUNDLE_INFO = "link_code_pairing_key_bundle_encryption_key";
const SECRET_INFO = "adv_secret";

/** The companion asks for a code: keeps the wrapped key and answers with a reference. */
export function requestCode(world: World, registration: Registration, request: Stanza) {
  const wrapped = childBytes(request, "link_code_pairing_wrapped_companion_ephemeral_pub");
  const noiseKey = childBytes(request, "companion_server_auth_key_pub");
  const phoneNumber = parseJid(request.attrs.jid)?.user;
  if (wrapped?.length !== 80 || phoneNumber === undefined || !noiseKey?.equals(registration.keys.noiseKey)) {
    world.judge.report("link.wrong-keys", "companion_hello with malformed keys or another noise key");
    return null;
  }
  const ref = world.randomness.bytes(24);
  registration.codeRequest = { phoneNumber, ref, wrappedEphemeralKey: wrapped, offer: null };
  world.transcript.add("code-requested", null, { phoneNumber });
  const refNode = stanza("link_code_pairing_ref", {}, ref);
  return [stanza("link_code_companion_reg", { stage: "companion_hello" }, [refNode])];
}

/** A companion that waits for its code to be typed on a phone. */
export interface WaitingCompanion {
  readonly connection: Connection;
  readonly registration: Registration;
  readonly request: CodeRequest;
}

/** The newest connected companion that asked for a code of this number. @throws when there is none */
export function findWaitingCompanion(world: World, phoneNumber: string): WaitingCompanion {
  for (const connection of [...world.connections].reverse()) {
    const { registration } = connection;
    const request = registration?.codeRequest;
    if (registration && request?.phoneNumber === phoneNumber) return { connection, registration, request };
  }
  throw new Error(`no connected companion asked for a code of ${phoneNumber}`);
}

/**
 * The code is typed on the phone: sends primary_hello and waits for companion_finish.
 * @throws when the code was wrong, which shows only when the companion's bundle does not open
 */
export async function exchangeSecret(
  world: World,
  { connection, request }: WaitingCompanion,
  identity: KeyPair,
  code: string,
): Promise<Buffer> {
  const ephemeral = generateKeyPair(world.randomness);
  const companionEphemeralKey = await unwrapKey(request.wrappedEphemeralKey, code);
  const wrapped = await wrapKey(world, ephemeral.publicKey, code);
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  request.offer = {
    ephemeralPrivateKey: ephemeral.privateKey,
    companionEphemeralKey,
    settle: (outcome) => ("advSecret" in outcome ? resolve(outcome.advSecret) : reject(new Error(outcome.refusal))),
  };
  connection.onClose(() => reject(new Error("the companion disconnected while it was being linked")));
  connection.send(primaryHello(world, request, wrapped, identity));
  return promise;
}

/** Reads companion_finish. Returns an empty answer, or null when the bundle does not open under the typed code. */
export function finishCode(world: World, registration: Registration, identity: KeyPair, finish: Stanza) {
  const offer = registration.codeRequest?.offer;
  const bundle = childBytes(finish, "link_code_pairing_wrapped_key_bundle");
  if (!offer || bundle === null) {
    world.judge.report("link.wrong-keys", "companion_finish out of turn");
    return null;
  }
  const shared = agree(offer.ephemeralPrivateKey, offer.companionEphemeralKey);
  const random = openBundle(bundle, shared, registration.keys.identityKey, identity.publicKey);
  if (random === null) {
    offer.settle({ refusal: "the pairing code is wrong" });
    return null;
  }
  const identityShared = agree(identity.privateKey, registration.keys.identityKey);
  const advSecret = hkdf(Buffer.concat([shared, identityShared, random]), 32, { info: SECRET_INFO });
  return { content: [], offer, advSecret };
}

function openBundle(bundle: Buffer, shared: Buffer, companion: Buffer, primary: Buffer): Buffer | null {
  const key = hkdf(shared, 32, { salt: bundle.subarray(0, 32), info: BUNDLE_INFO });
  try {
    const opened = openGcm(key, bundle.subarray(32, 44), bundle.subarray(44));
    const isExpected = opened.subarray(0, 32).equals(companion) && opened.subarray(32, 64).equals(primary);
    return isExpected && opened.length === 96 ? opened.subarray(64) : null;
  } catch {
    return null;
  }
}

function primaryHello(world: World, request: CodeRequest, wrapped: Buffer, identity: KeyPair): Stanza {
  const attributes = {
    id: world.newStanzaId(),
    from: SERVER_JID,
    type: "link_code_companion_reg",
    t: world.timestamp(),
  };
  return stanza("notification", attributes, [
    stanza("link_code_companion_reg", { stage: "primary_hello" }, [
      stanza("link_code_pairing_wrapped_primary_ephemeral_pub", {}, wrapped),
      stanza("primary_identity_pub", {}, identity.publicKey),
      stanza("link_code_pairing_ref", {}, request.ref),
    ]),
  ]);
}

async function unwrapKey(wrapped: Buffer, code: string): Promise<Buffer> {
  const key = await derivePairingCodeKey(code, wrapped.subarray(0, 32));
  return applyCtr(key, wrapped.subarray(32, 48), wrapped.subarray(48));
}

async function wrapKey(world: World, publicKey: Buffer, code: string): Promise<Buffer> {
  const salt = world.randomness.bytes(32);
  const iv = world.randomness.bytes(16);
  return Buffer.concat([salt, iv, applyCtr(await derivePairingCodeKey(code, salt), iv, publicKey)]);
}
