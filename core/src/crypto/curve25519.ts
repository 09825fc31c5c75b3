import { type Bytes, concat, copyBytes, fromBase64Url } from "./bytes.ts";

/** Bytes of a Curve25519 key without the byte of its kind. */
const KEY_BYTES = 32;
/** libsignal puts this byte before a public key when it signs one or sends it. */
const KIND_OF_KEY = 5;
/** The prime of the field: 2^255 - 19 (RFC 7748 section 4.1). */
const PRIME = 2n ** 255n - 19n;
/** PKCS #8 of an X25519 private key up to the key itself (RFC 8410 section 7). */
const PKCS8_PREFIX = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x04, 0x22, 0x04, 0x20];

/** A public key without the byte of its kind, which Baileys keeps with some keys. */
export const bareKey = (publicKey: Uint8Array): Bytes => copyBytes(publicKey.slice(-KEY_BYTES));

/** The public half of an X25519 private key of 32 bytes (RFC 7748 section 6.1). @throws Error for another length */
export async function publicKeyOf(privateKey: Uint8Array): Promise<Bytes> {
  if (privateKey.length !== KEY_BYTES) throw new Error("a Curve25519 key has 32 bytes");
  const pkcs8 = concat(Uint8Array.from(PKCS8_PREFIX), privateKey);
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, "X25519", true, ["deriveBits"]);
  const { x = "" } = await crypto.subtle.exportKey("jwk", key);
  return fromBase64Url(x);
}

/**
 * true when a Curve25519 identity signed another public key, as libsignal does it: XEdDSA over the key behind the byte of its
 * kind (signal.org/docs/specifications/xeddsa, section 2.3; libsignal src/curve.js).
 */
export async function isKeySigned(identity: Uint8Array, signed: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const signBit = (signature[63] ?? 0) & 0x80;
  const edwards = toEdwards(bareKey(identity), signBit);
  if (edwards === null || signature.length !== 64) return false;
  const plain = copyBytes(signature);
  plain[63] = (plain[63] ?? 0) & 0x7f;
  const key = await crypto.subtle.importKey("raw", edwards, "Ed25519", false, ["verify"]).catch(() => null);
  if (key === null) return false;
  return crypto.subtle.verify("Ed25519", key, plain, concat(Uint8Array.of(KIND_OF_KEY), bareKey(signed)));
}

/** The Edwards point of a Montgomery one: y = (u - 1) / (u + 1), with the sign the signature brings; null: there is none. */
function toEdwards(montgomery: Bytes, signBit: number): Bytes | null {
  const u = toNumber(montgomery) % PRIME;
  if (u === PRIME - 1n) return null;
  const bytes = toBytes(((u - 1n + PRIME) * invert(u + 1n)) % PRIME);
  bytes[31] = ((bytes[31] ?? 0) & 0x7f) | signBit;
  return bytes;
}

/** By Fermat: x^(p - 2). Nothing here is secret, so time may depend on it. */
function invert(value: bigint): bigint {
  let result = 1n;
  let base = value % PRIME;
  for (let exponent = PRIME - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % PRIME;
    base = (base * base) % PRIME;
  }
  return result;
}

/** Little-endian; the highest bit does not count (RFC 7748 section 5). */
function toNumber(bytes: Bytes): bigint {
  let number = 0n;
  for (const [index, byte] of bytes.entries()) number |= BigInt(index === 31 ? byte & 0x7f : byte) << BigInt(8 * index);
  return number;
}

function toBytes(number: bigint): Bytes {
  return Uint8Array.from({ length: KEY_BYTES }, (_, index) => Number((number >> BigInt(8 * index)) & 0xffn));
}
