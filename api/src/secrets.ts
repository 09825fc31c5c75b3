import { equalBytes, utf8 } from "@switchboard/core/crypto/bytes";
import { sha256 } from "@switchboard/core/crypto/hmac";

/** Whether the given text is the secret, in time that tells neither content nor length. */
export async function isSecret(given: string | null, secret: string): Promise<boolean> {
  return equalBytes(await sha256(utf8(given ?? "")), await sha256(utf8(secret)));
}
