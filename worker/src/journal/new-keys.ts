import { isObject } from "@switchboard/core/domain/buffer-json";
import type { AuthBatch } from "@switchboard/core/ports/auth-record-store";

/**
 * Whether a commit has keys whose numbers WhatsApp gets to know: pre-keys, or a signed pre-key. With the database away they
 * may not be made. Were the journal refused or its disk lost, their numbers would be given out again with other keys, and
 * whoever fetched the first ones could write nothing that this device reads. `stored` are the credentials as they are now.
 */
export function hasNewKeys({ records, creds }: AuthBatch, stored: string | null): boolean {
  if (records.some(({ type, value }) => type === "pre-key" && value !== null)) return true;
  if (creds === null || stored === null) return false;
  const [before, after] = [numbersOf(stored), numbersOf(creds)];
  return after.some((number, index) => number > (before[index] ?? 0));
}

/** The next pre-key, and the signed one; 0 where it is not told. */
function numbersOf(creds: string): readonly number[] {
  const parsed: unknown = JSON.parse(creds);
  if (!isObject(parsed)) return [0, 0];
  const signed = isObject(parsed.signedPreKey) ? parsed.signedPreKey.keyId : 0;
  return [Number(parsed.nextPreKeyId ?? 0), Number(signed ?? 0)];
}
