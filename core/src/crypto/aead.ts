import { type Bytes, concat, randomBytes } from "./bytes.ts";
import type { SubtleKey } from "./subtle-key.ts";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The ciphertext was altered, moved, rolled back, or sealed under another key: which of them cannot be told. */
export class SealBrokenError extends Error {
  override readonly name = "SealBrokenError";
  constructor() {
    super("A sealed value could not be opened: it was altered, moved, or sealed under another key.");
  }
}

/** An AES-256-GCM key that cannot be exported. */
export const importAeadKey = (raw: Bytes): Promise<SubtleKey> =>
  crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);

/**
 * Seals with AES-256-GCM: `nonce(12) | ciphertext | tag(16)`, the nonce random.
 * One key may seal 2^32 values at the most (SP 800-38D, 8.3); the caller counts.
 */
export async function seal(key: SubtleKey, plaintext: Bytes, additionalData: Bytes): Promise<Bytes> {
  const nonce = randomBytes(NONCE_BYTES);
  const parameters = { name: "AES-GCM", iv: nonce, additionalData, tagLength: TAG_BYTES * 8 };
  return concat(nonce, new Uint8Array(await crypto.subtle.encrypt(parameters, key, plaintext)));
}

/** Opens what `seal` made. @throws SealBrokenError */
export async function open(key: SubtleKey, sealed: Bytes, additionalData: Bytes): Promise<Bytes> {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) throw new SealBrokenError();
  const iv = sealed.subarray(0, NONCE_BYTES);
  const parameters = { name: "AES-GCM", iv, additionalData, tagLength: TAG_BYTES * 8 };
  try {
    return new Uint8Array(await crypto.subtle.decrypt(parameters, key, sealed.subarray(NONCE_BYTES)));
  } catch {
    throw new SealBrokenError();
  }
}
