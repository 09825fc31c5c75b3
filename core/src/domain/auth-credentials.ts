import { keyPair } from "./auth-record-values.ts";
import { bytes, fields, findUnsafePart, isObject, optional, text, wholeNumber } from "./buffer-json.ts";

/** Credentials in the form of BufferJSON, read from text or from a body. */
export type CredentialsJson = Readonly<Record<string, unknown>>;

/** `AuthenticationCreds` of Baileys (src/Types/Auth.ts) as far as a linked device cannot do without. */
const credentialsForm = fields({
  noiseKey: keyPair,
  signedIdentityKey: keyPair,
  signedPreKey: fields({ keyPair, signature: bytes(64, 64), keyId: wholeNumber }),
  pairingEphemeralKeyPair: optional(keyPair),
  registrationId: wholeNumber,
  advSecretKey: text(/^[A-Za-z0-9+/]+={0,2}$/, "base64"),
  nextPreKeyId: wholeNumber,
  firstUnuploadedPreKeyId: wholeNumber,
  me: fields({ id: text(/^\d[\d:_-]{0,63}@[a-z.]{1,32}$/, "the JID of an account") }),
  routingInfo: optional(bytes(0)),
});

/** What is wrong with credentials of a linked device; null when they may be stored. Never quotes them. */
export const findCredentialsDefect = (value: unknown): string | null => credentialsForm(value) ?? findUnsafePart(value);

/** What makes credentials those of one linked device, and what may only grow. */
type CredentialsConflict =
  | "noiseKey"
  | "signedIdentityKey"
  | "registrationId"
  | "me.id"
  /** Pre-key ids that were given out would be given out again with other keys. */
  | "nextPreKeyId";

/**
 * Whether new credentials continue those that are stored: null when they do, else the first part that does not. An identity
 * is never overwritten by what a holder writes back. Both must have the form already.
 */
export function findCredentialsConflict(stored: CredentialsJson, next: CredentialsJson): CredentialsConflict | null {
  for (const part of ["noiseKey", "signedIdentityKey"] as const) if (!isSamePair(stored[part], next[part])) return part;
  if (stored.registrationId !== next.registrationId) return "registrationId";
  if (partOf(stored.me, "id") !== partOf(next.me, "id")) return "me.id";
  return Number(next.nextPreKeyId) < Number(stored.nextPreKeyId ?? 0) ? "nextPreKeyId" : null;
}

const isSamePair = (stored: unknown, next: unknown): boolean =>
  ["public", "private"].every((half) => partOf(partOf(stored, half), "data") === partOf(partOf(next, half), "data"));

const partOf = (value: unknown, name: string): unknown =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
