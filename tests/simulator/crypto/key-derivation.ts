import { createCipheriv, createDecipheriv, createHmac, pbkdf2 } from "node:crypto";
import { promisify } from "node:util";

const GCM_TAG_LENGTH = 16;
const PAIRING_CODE_ITERATIONS = 131_072;
const EMPTY = Buffer.alloc(0);
const derivePassword = promisify(pbkdf2);

/** HMAC-SHA256. */
export function hmacSha256(key: Uint8Array, data: Uint8Array): Buffer {
  return createHmac("sha256", key).update(data).digest();
}

/** HKDF-SHA256 (RFC 5869); an omitted salt means 32 zero bytes. Written out because the input may be empty. */
export function hkdf(input: Uint8Array, length: number, options: { salt?: Uint8Array; info?: string } = {}): Buffer {
  const pseudoRandomKey = hmacSha256(options.salt ?? Buffer.alloc(32), input);
  const info = Buffer.from(options.info ?? "");
  const blocks: Buffer[] = [];
  for (let index = 1; blocks.length * 32 < length; index++) {
    const previous = blocks.at(-1) ?? EMPTY;
    blocks.push(hmacSha256(pseudoRandomKey, Buffer.concat([previous, info, Buffer.from([index])])));
  }
  return Buffer.concat(blocks).subarray(0, length);
}

/** AES-256-GCM with the tag appended. */
export function sealGcm(key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array, additionalData: Uint8Array = EMPTY) {
  const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(additionalData);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** Opens {@link sealGcm}. @throws when the text was not sealed under this key, IV and additional data */
export function openGcm(key: Uint8Array, iv: Uint8Array, sealed: Uint8Array, additionalData: Uint8Array = EMPTY) {
  const body = sealed.subarray(0, sealed.length - GCM_TAG_LENGTH);
  const decipher = createDecipheriv("aes-256-gcm", key, iv).setAAD(additionalData);
  decipher.setAuthTag(sealed.subarray(sealed.length - GCM_TAG_LENGTH));
  return Buffer.concat([decipher.update(body), decipher.final()]);
}

/** AES-256-CTR in either direction. */
export function applyCtr(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Buffer {
  const cipher = createCipheriv("aes-256-ctr", key, iv);
  return Buffer.concat([cipher.update(data), cipher.final()]);
}

/** The key under which a pairing code wraps an ephemeral key: PBKDF2-SHA256, 131072 rounds, 32 bytes. */
export function derivePairingCodeKey(code: string, salt: Uint8Array): Promise<Buffer> {
  return derivePassword(code, salt, PAIRING_CODE_ITERATIONS, 32, "sha256");
}
