import { type Bytes, equalBytes, utf8 } from "@switchboard/core/crypto/bytes";

/** Whether the given text is the secret, in time that tells neither content nor length. */
export async function isSecret(given: string | null, secret: string): Promise<boolean> {
  return equalBytes(await sha256(utf8(given ?? "")), await sha256(utf8(secret)));
}

const sha256 = async (data: Bytes): Promise<Bytes> => new Uint8Array(await crypto.subtle.digest("SHA-256", data));
