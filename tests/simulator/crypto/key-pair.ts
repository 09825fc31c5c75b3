import { createPrivateKey, createPublicKey } from "node:crypto";
import * as curve from "libsignal/src/curve.js";
import type { Randomness } from "./randomness.ts";

const PRIVATE_KEY_DER_PREFIX = Buffer.from("302e020100300506032b656e04220420", "hex");
const SPKI_PREFIX_LENGTH = 12;
const CURVE25519_TYPE = Buffer.from([5]);

/** An X25519 key pair; both halves are 32 bytes, without the type byte 05. */
export interface KeyPair {
  readonly publicKey: Buffer;
  readonly privateKey: Buffer;
}

/** Makes a key pair from the given randomness. */
export function generateKeyPair(randomness: Randomness): KeyPair {
  return keyPairFromPrivate(randomness.bytes(32));
}

/** The key pair of a 32-byte private key. */
export function keyPairFromPrivate(privateKey: Buffer): KeyPair {
  const key = createPrivateKey({
    key: Buffer.concat([PRIVATE_KEY_DER_PREFIX, privateKey]),
    format: "der",
    type: "pkcs8",
  });
  const spki = createPublicKey(key).export({ format: "der", type: "spki" });
  return { privateKey, publicKey: Buffer.from(spki.subarray(SPKI_PREFIX_LENGTH)) };
}

/** The 33-byte form of a public key that the Signal protocol and signatures over keys use. */
export function withTypeByte(publicKey: Uint8Array): Buffer {
  return publicKey.length === 33 ? Buffer.from(publicKey) : Buffer.concat([CURVE25519_TYPE, publicKey]);
}

/** X25519 agreement, 32 bytes. @throws when the public key is malformed */
export function agree(privateKey: Buffer, publicKey: Uint8Array): Buffer {
  return Buffer.from(curve.calculateAgreement(withTypeByte(publicKey), privateKey));
}

/** XEdDSA signature, 64 bytes. Takes some milliseconds of processor time (pure JavaScript curve). */
export function sign(privateKey: Buffer, message: Uint8Array): Buffer {
  return Buffer.from(curve.calculateSignature(privateKey, message));
}

/**
 * Whether the XEdDSA signature is right; malformed input counts as wrong.
 *
 * Uses the boolean of libsignal's verifySignature. Baileys' Curve.verify must not be used here: it ignores that boolean
 * (lib/Utils/crypto.js) and accepts any 64 bytes.
 */
export function isSignatureValid(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return curve.verifySignature(withTypeByte(publicKey), message, Buffer.from(signature));
  } catch {
    return false;
  }
}
