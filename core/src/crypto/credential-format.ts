import { type Bytes, equalBytes, randomBytes, utf8 } from "./bytes.ts";
import { hmac } from "./hmac.ts";
import type { SubtleKey } from "./subtle-key.ts";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const PUBLIC_ID_LENGTH = 12;
/** 43 base62 characters hold 256 bits. */
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;

/** `sb_live_`: API keys of microservices. `sb_pat_`: personal access tokens. `sb_inv_`, `sb_rst_`: one-time codes. */
const PREFIXES = ["sb_live_", "sb_pat_", "sb_inv_", "sb_rst_"] as const;

/** What a credential of ours begins with. */
export type CredentialPrefix = (typeof PREFIXES)[number];

/** The parts of a credential whose form and checksum are right; that it exists or is valid is not known yet. */
export interface ParsedCredential {
  readonly prefix: CredentialPrefix;
  readonly publicId: string;
  readonly secret: string;
}

/** A new credential: `<prefix><12 base62 id>_<43 base62 secret><6 base62 CRC32>`. Show `text` once and forget it. */
export function createCredential(prefix: CredentialPrefix): ParsedCredential & { readonly text: string } {
  const publicId = randomBase62(PUBLIC_ID_LENGTH);
  const secret = randomBase62(SECRET_LENGTH);
  const body = `${prefix}${publicId}_${secret}`;
  return { prefix, publicId, secret, text: body + checksumOf(body) };
}

/** null for anything that is not a credential of this product, a typing error included: the checksum needs no database. */
export function parseCredential(text: string): ParsedCredential | null {
  const match = /^(sb_[a-z]+_)([0-9A-Za-z]{12})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/.exec(text);
  if (!match) return null;
  const [, start, publicId, secret, checksum] = match;
  const prefix = PREFIXES.find((known) => known === start);
  if (!prefix || !publicId || !secret || !checksum) return null;
  const body = `${prefix}${publicId}_${secret}`;
  if (!equalBytes(utf8(checksumOf(body)), utf8(checksum))) return null;
  return { prefix, publicId, secret };
}

/** What is stored of a secret: someone who can write to the database but lacks the pepper cannot plant a credential. */
export const credentialHmac = (pepper: SubtleKey, publicId: string, secret: string): Promise<Bytes> =>
  hmac(pepper, utf8(`${publicId}.${secret}`));

function randomBase62(length: number): string {
  let text = "";
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      // 248 is the largest multiple of 62 in a byte; the rest would favour the first letters.
      if (byte < 248 && text.length < length) text += ALPHABET[byte % 62];
    }
  }
  return text;
}

function checksumOf(text: string): string {
  let value = crc32(utf8(text));
  let digits = "";
  for (let place = 0; place < CHECKSUM_LENGTH; place++) {
    digits = (ALPHABET[value % 62] ?? "0") + digits;
    value = Math.floor(value / 62);
  }
  return digits;
}

/** CRC-32 (ISO-HDLC), bit by bit: the inputs are 70 bytes long. */
function crc32(bytes: Uint8Array): number {
  let remainder = 0xffffffff;
  for (const byte of bytes) {
    remainder ^= byte;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0);
  }
  return (remainder ^ 0xffffffff) >>> 0;
}
