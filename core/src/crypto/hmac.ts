import type { Bytes } from "./bytes.ts";
import type { SubtleKey } from "./subtle-key.ts";

/** An HMAC-SHA-256 key that cannot be exported. */
export const importHmacKey = (raw: Bytes): Promise<SubtleKey> =>
  crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);

/** 32 bytes of HMAC-SHA-256. */
export const hmac = async (key: SubtleKey, data: Bytes): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.sign("HMAC", key, data));

/** HKDF-SHA-256 (RFC 5869) with an empty salt; `info` keeps purposes apart. */
export async function hkdf(secret: Bytes, info: Bytes, sizeBytes: number): Promise<Bytes> {
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const parameters = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, sizeBytes * 8));
}
